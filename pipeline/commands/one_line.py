"""An error of a library in one line: its cause, without the wrapping."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from schemas.paths import FULL

SAYS_FULL = re.compile(r"no space left on device|database or disk is full|disk quota exceeded", re.IGNORECASE)
# Lines that say where something failed, not why: a heading, a place in the code or the graph, a count.
NO_CAUSE = re.compile(
    r".*:$|Detected at node |File \"|<stack traces|Stack trace for op|\[\[|Traceback"
    r"|\d+ root error|\d+ successful|\d+ derived"
)
LABEL = re.compile(r"\(\d+\) ")  # of one of several root errors


def in_one_line(error: BaseException) -> str:
    """The error's type and its cause, without the wrapping of Beam, TensorFlow and Python."""
    text = re.sub(r"\s*\[while running [^\]]*\]", "", str(error)).strip()
    return f"{type(error).__name__}: {cause_in(text)}".rstrip(": ")


def cause_in(text: str) -> str:
    """The first paragraph of a message, or where that is only a heading, the first line that says a cause."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n|\nTraceback", text)]
    if not paragraphs[0].endswith(":"):
        return paragraphs[0]
    lines = [line.strip() for line in text.splitlines()]
    causes = [line for line in lines if line and not NO_CAUSE.match(line)]
    if paragraphs[0].endswith("in user code:"):
        return paragraphs[-1]
    return LABEL.sub("", causes[0], count=1) if causes else " ".join(text.split())


def told(error: BaseException, folder: Path, option: str = "--root") -> str:
    """``in_one_line``; of a full disk, which one: work writes below ``folder``, which ``option`` names."""
    if not any(is_full(one) for one in chain(error)):
        return in_one_line(error)
    places = {option: folder, "temporary files (TMPDIR)": Path(tempfile.gettempdir())}
    what, place = min(places.items(), key=lambda item: free_bytes(item[1]))
    return (
        f"No space left on the disk of {what}, {place}: {free_bytes(place) / 1e6:.0f} MB are free. Expected "
        "room for what a run writes. Make room and start the same command again: it goes on where it stopped."
    )


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full; libraries say it by a number or in words."""
    return getattr(error, "errno", None) in FULL or bool(SAYS_FULL.search(str(error)))


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, what caused it, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def free_bytes(place: Path) -> int:
    """The room on the disk of a folder, or of the nearest one above it that exists."""
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    return shutil.disk_usage(existing).free
