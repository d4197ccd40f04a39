"""Files on the disk: random names below the data folder, whole and flushed before a row tells of them."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from pathlib import Path

from django.conf import settings

from schemas.files import replacing

NAME = re.compile(r"[0-9a-f-]{32,36}")
# Folders below the data folder, by what they hold, and how their files' names end.
FOLDERS = {
    "incoming": ("incoming", ""),
    "original": ("photos/original", ""),
    "preview": ("photos/preview", ".jpg"),
    "thumb": ("photos/thumb", ".jpg"),
    "face": ("faces", ".jpg"),
    "search": ("searches", ""),
    "sidecar": ("sidecars", ""),
    "export": ("exports", ""),
}


def new_name() -> str:
    """A name that says nothing and can't be guessed."""
    return secrets.token_hex(16)


def file_of(kind: str, name: object) -> Path:
    """The file of this name; raises ValueError for a name that is not one of ours."""
    text = str(name)
    if not NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no file's name here. Expected 32 hex digits or a UUID.")
    folder, ending = FOLDERS[kind]
    return settings.PLACE.folder / folder / text[:2] / (text + ending)


def write(kind: str, name: object, data: bytes) -> Path:
    """Writes a file whole or not at all, flushed to the disk."""
    file = file_of(kind, name)
    make_folder(file.parent)
    with replacing(file) as part, open(part, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    flush_folder(file.parent)
    return file


def keep(part: Path, kind: str, name: object) -> Path:
    """Gives a file that is whole a second name at its place, flushed to the disk; its first one stays.

    It may have been given that name before, by a server that was killed since.
    """
    file = file_of(kind, name)
    make_folder(file.parent)
    with open(part, "rb") as stream:
        os.fsync(stream.fileno())
    try:
        os.link(part, file)
    except FileExistsError:
        if not part.samefile(file):
            raise
    flush_folder(file.parent)
    return file


def remove(kind: str, name: object) -> None:
    """Removes a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        file_of(kind, name).unlink()


def make_folder(folder: Path) -> None:
    """Makes a folder that only its owner can read, with those above it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def flush_folder(folder: Path) -> None:
    """Flushes a folder's own entries to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
