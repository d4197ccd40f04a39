"""The copies of one model in a run's artifacts and among the pushed versions, as links to one file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from components.ingest.content import file_hash

LEAST = 2**16  # bytes of a file that is worth a link


def link_equal_files(folders: Iterable[str | Path]) -> int:
    """Replaces files of equal content below ``folders`` by hard links to the first; returns the bytes saved.

    Each is replaced in one move, so that a server that reads it sees the same content all the time. Where the
    file system has no links, or they would cross it, the files stay as they are.
    """
    by_size: dict[int, list[Path]] = {}
    for folder in folders:
        for file in sorted(
            path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()
        ):
            by_size.setdefault(file.stat().st_size, []).append(file)
    saved = 0
    for size, files in by_size.items():
        if size < LEAST or len(files) == 1:
            continue
        first: dict[str, Path] = {}
        for file in files:
            one = first.setdefault(file_hash(str(file)), file)
            if not os.path.samefile(one, file):
                saved += size * linked(one, file)
    return saved


def linked(one: Path, other: Path) -> bool:
    """Makes ``other`` a link to ``one``; says whether that was possible."""
    new = other.with_name(f".{other.name}.link")
    with contextlib.suppress(OSError):
        new.unlink(missing_ok=True)
        os.link(one, new)
        os.replace(new, other)
        return True
    return False
