"""Paths as people write them, checked before work starts."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
PATTERN_LETTERS = "*?[\\"  # Beam and TensorFlow read a path with one of these as a pattern


def absolute(path: str | os.PathLike[str], option: str) -> Path:
    """``path`` with ``~`` expanded, absolute. ``option`` is what asked for it, as in ``--root``.

    Raises ValueError, one line, for the home of a user who doesn't exist.
    """
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(
            f"{option} {path} is nobody's: there is no such user, or no home. Expected a path. "
            "Write it in full."
        ) from error


def refuse_patterns(path: Path, option: str) -> None:
    """Raises ValueError, one line, for a path that Beam or TensorFlow can't write to by its name."""
    found = [letter for letter in PATTERN_LETTERS if letter in str(path)]
    if found:
        raise ValueError(
            f"{option} {path} has {' '.join(found)} in it. Expected none of {' '.join(PATTERN_LETTERS)}: "
            "Beam and TensorFlow read such a path as a pattern. Give another; photos may stay where they are."
        )
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{option} {str(path)!r} is no text. Expected letters in UTF-8, which TFX's record is kept in. "
            "Give another folder; photos may stay where they are."
        ) from None


def writable_folder(path: Path, option: str) -> None:
    """Makes the folder ``path``, and tries to write into it.

    Raises ValueError, one line, where that is not possible: a file is in the way, or it belongs to another
    user. A full disk is not the arguments' mistake; it raises the OSError of the system.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"\n")
    except OSError as error:
        if error.errno in FULL:
            raise
        raise ValueError(
            f"{option} {path} can't be written to: {why_not(path, error)}. Expected a folder of yours, or "
            "a new one. Give another, or change its owner."
        ) from error


def why_not(path: Path, error: OSError) -> str:
    """Why ``path`` can't be written to: what is in the way, or whose it is."""
    existing = next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
    if not existing.is_dir():
        return f"{existing} is no folder"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"{existing} belongs to user {owner_of(existing)}, and this is user {os.geteuid()}"
    return f"{error.strerror or error}"


def owner_of(path: Path) -> str:
    """The name of a file's owner, or the number of one without a name."""
    try:
        return path.owner()
    except KeyError:
        return str(path.stat().st_uid)
