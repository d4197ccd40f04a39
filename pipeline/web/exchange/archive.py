"""An export as one zip file, written piece by piece: never more of it in memory than a megabyte."""

import os
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from schemas.files import replacing

PACKED = (".csv", ".json", ".xmp", ".txt")  # pictures are compressed already
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first date that a zip file knows: two writings give the same bytes
CHUNK = 1 << 20
LONGEST = 65_535  # bytes of a name


def write_archive(path: Path, entries: Iterable[tuple[str, bytes | Path]]) -> int:
    """Writes a zip file whole or not at all, and returns its number of entries.

    Pictures are stored as they are, texts packed. Neither dates nor rights of the files go in: the same
    entries give the same bytes.

    Args:
        path: the file to write; one of this name is replaced when the new one is whole.
        entries: names inside the archive with "/" between folders, and bytes or the path of a file.

    Raises:
        ValueError: a name that leads out of the archive, or comes twice.
        OSError: a file can't be read or written. Of an archive that failed nothing is left.
    """
    names: set[str] = set()
    with replacing(path) as part, part.open("wb") as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in entries:
                _check(name, names)
                _add(archive, name, content)
        file.flush()
        os.fsync(file.fileno())
    return len(names)


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    info = zipfile.ZipInfo(name, BEGINNING)
    info.create_system = 3  # Unix on every system: else the bytes differ
    info.external_attr = 0o100644 << 16
    info.compress_type = zipfile.ZIP_DEFLATED if name.lower().endswith(PACKED) else zipfile.ZIP_STORED
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    with content.open("rb") as source:
        info.file_size = os.fstat(source.fileno()).st_size  # tells whether the entry needs 64 bits
        with archive.open(info, "w") as target:
            shutil.copyfileobj(source, target, CHUNK)


def _check(name: str, names: set[str]) -> None:
    """Refuses names that some program would write outside the folder it unpacks to, and the second of one
    name."""
    parts = PurePosixPath(name).parts
    hostile = any(char in name for char in "\\:") or any(ord(char) < 32 for char in name)
    whole = "/".join(parts) == name and not name.startswith("/")
    if not parts or not whole or hostile or ".." in parts or len(name.encode("utf-8", "replace")) > LONGEST:
        raise ValueError(
            f"A name can't go into an archive. Expected a path within it, as people/Ann/1.jpg; "
            f"received {name!r}. Fix: make names by folder_names."
        )
    if name in names:
        raise ValueError(
            f"A name comes twice in an archive. Expected each once; received {name!r} again. "
            "Fix: number files of one name."
        )
    names.add(name)
