"""Erases what was found in photos, which is kept by their content, with the hashes of their files."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from collections.abc import Collection, Iterable
from pathlib import Path

from components.ingest.content import NAME, content_hashes
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.sources import Photo, list_folder

HASH = re.compile(r"[0-9a-f]{64}")


def kept_photos(cache_dir: str | Path) -> dict[str, list[Path]]:
    """The files of ``PhotoCache`` below a folder, by the hash of the photo that each is about."""
    found: dict[str, list[Path]] = {}
    for file in sorted(Path(cache_dir).glob("*/??/*")):
        if HASH.fullmatch(file.name):
            found.setdefault(file.name, []).append(file)
    return found


def known_files(cache_dir: str | Path) -> dict[str, str]:
    """The file names whose hashes are kept, with these hashes; {} where none are, or they can't be read."""
    book = Path(cache_dir) / NAME
    if not book.exists():
        return {}
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(book, timeout=30)) as opened:
        rows = opened.execute("SELECT file, digest FROM hashes").fetchall()
        return {os.fsdecode(bytes(file).rstrip(b"\0")): digest for file, digest in rows}
    return {}


def named(path: str, known: dict[str, str]) -> set[str]:
    """The hashes of a photo, or of all photos below a folder, by what they hold and what is known of them.

    ``path`` is absolute. A photo that is gone is found by its name alone.
    """
    inside = os.path.join(path, "")
    hashes = {digest for file, digest in known.items() if file == path or file.startswith(inside)}
    if os.path.isdir(path):
        return hashes | hashes_of(list_folder(path))
    return hashes | (hashes_of([Photo(os.path.basename(path), path)]) if os.path.exists(path) else set())


def still_there(folders: Iterable[str], known: dict[str, str], cache_dir: str | Path) -> set[str]:
    """The hashes of all files below the folders that exist, and of the known files that do.

    A file that can't be read now, as a link to a drive that is not mounted, holds what it is known for.
    """
    photos = {photo.file: photo for folder in folders for photo in list_folder(folder)}
    for file in known:
        if os.path.lexists(file):
            photos.setdefault(file, Photo(os.path.basename(file), file))
    found = content_hashes(list(photos.values()), str(cache_dir))
    lost = {file for file, one in zip(photos, found, strict=True) if isinstance(one, RejectedPhoto)}
    return {one for one in found if isinstance(one, str)} | {known[file] for file in lost & known.keys()}


def hashes_of(photos: Iterable[Photo]) -> set[str]:
    """The hashes of those photos that can be read, which are read anew."""
    return {digest for digest in content_hashes(list(photos)) if isinstance(digest, str)}


def forget(cache_dir: str | Path, hashes: Collection[str]) -> None:
    """Erases what was found in the photos with these hashes, and the names of files that had them."""
    for digest, files in kept_photos(cache_dir).items():
        for file in files if digest in hashes else ():
            file.unlink(missing_ok=True)
    book = Path(cache_dir) / NAME
    if not book.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(book, timeout=30)) as opened, opened:
            opened.execute("PRAGMA secure_delete = ON")
            opened.executemany("DELETE FROM hashes WHERE digest = ?", [(digest,) for digest in hashes])
    except sqlite3.Error:  # a damaged book tells nothing and may name anybody: files are read anew without it
        book.unlink()
