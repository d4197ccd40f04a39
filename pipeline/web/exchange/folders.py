"""Names of folders by person that every file system takes.

Windows: "Naming Files, Paths, and Namespaces" (Microsoft); APFS and NTFS take two names that differ in case
only for one.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 120  # bytes of UTF-8: file systems take 143 to 255, and Windows 260 characters of a whole path
FORBIDDEN = '<>:"/\\|?*'
JOINERS = "\u200c\u200d"  # they shape letters of Persian and of Indian scripts, and pictures of families
DEVICES = {
    *("CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"),
    *(f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789¹²³"),
}


@dataclass(frozen=True)
class Person:
    """A person: a key that no other has, the name (empty: unnamed), and the number by which an unnamed one is
    called."""

    key: str
    name: str
    number: int


def folder_names(people: Iterable[Person]) -> dict[str, str]:
    """For each person's key the name of a folder; no two names are one on any file system.

    Forbidden characters become "_", what can't be seen is left out, dots and spaces at the ends too; Windows'
    names of devices get a "_"; long names are cut between characters at ``LONGEST`` bytes. Without a name:
    "Person 12". The second and third of one name, in the order given, are "Ann (2)" and "Ann (3)".
    """
    names: dict[str, str] = {}
    taken: dict[str, int] = {}  # how often each was asked for
    for person in people:
        wanted = _safe(person.name) or f"Person {person.number}"
        name = _cut(wanted, LONGEST)
        first, count = _folded(name), taken.get(_folded(name), 1)
        while _folded(name) in taken:
            count += 1
            suffix = f" ({count})"
            name = _cut(wanted, LONGEST - len(suffix)) + suffix
        taken[first] = count
        taken.setdefault(_folded(name), 1)
        names[person.key] = name
    return names


def _safe(name: str) -> str:
    text = "".join(_shown(char) for char in unicodedata.normalize("NFC", name))
    text = " ".join(text.split()).strip(". " + JOINERS)
    # NUL.txt and "NUL .txt" are the device too.
    return f"_{text}" if text.split(".")[0].strip().upper() in DEVICES else text


def _shown(char: str) -> str:
    if char in FORBIDDEN:
        return "_"
    if char.isspace():
        return " "
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn", "Co")
    return "" if hidden and char not in JOINERS else char


def _cut(name: str, most: int) -> str:
    """The longest beginning of at most ``most`` bytes that leaves no letter without its accent or joined
    part."""
    if len(name.encode()) <= most:
        return name
    text = name.encode()[:most].decode(errors="ignore")
    while text and (_joins(name[len(text)]) or text[-1] in JOINERS):
        text = text[:-1]
    return text.rstrip(". ") or name.encode()[:most].decode(errors="ignore")


def _joins(char: str) -> bool:
    return unicodedata.category(char).startswith("M") or char in JOINERS


def _folded(name: str) -> str:
    """What two names have in common that some file system takes for one."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
    return "".join(char for char in folded if unicodedata.category(char) != "Cf")
