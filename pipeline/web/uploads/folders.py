"""Photos out of a folder on the server: below the folders that ``serve`` allows, after all links."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from components.ingest.listing import photos_below
from pipeline.web import texts
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Batch
from pipeline.web.uploads.batches import MOST, Announced, announce


class NotAllowed(Refused):
    """The folder is none that photos may be imported from. Whether it exists is not told."""


def announce_folder(account: Account, folder: str) -> Batch:
    """A batch of all photos below a folder, without links that lead out of it and the application's own data.

    Raises NotAllowed, or Refused where there is no photo or there are too many.
    """
    place = allowed(folder)
    files = []
    for photo in photos_below(str(place)):
        if photo.problem:  # a loop of links has no real path
            continue
        real = Path(photo.file).resolve()
        if may_be_read(real, place) and real.is_file():
            status = real.stat()
            files.append(Announced(os.path.relpath(real, place), status.st_size, int(status.st_mtime * 1000)))
    if not files:
        raise Refused(texts.NO_PHOTOS_THERE)
    if len(files) > MOST:
        raise Refused(texts.TOO_MANY_THERE.format(n=len(files), most=MOST))
    return announce(account, "folder", files, str(place))


def allowed(folder: str) -> Path:
    """The real path of a folder, which lies in or below an allowed one; raises NotAllowed.

    The data folder is never one: all accounts' photos lie there.
    """
    try:
        place = Path(folder).resolve()
        inside = any(may_be_read(place, Path(one).resolve()) for one in settings.PLACE.allow_folders)
        if Path(folder).is_absolute() and inside and place.is_dir():
            return place
    except (OSError, ValueError, RuntimeError):  # a name with NUL, a loop of links
        pass
    raise NotAllowed(texts.FOLDER_NOT_ALLOWED)


def is_below(path: Path, folder: Path) -> bool:
    """Whether a real path is the folder itself, or below it."""
    return path == folder or folder in path.parents


def may_be_read(path: Path, folder: Path) -> bool:
    """Whether a real path is the folder or below it, and is not of the application's data."""
    return is_below(path, folder) and not is_below(path, settings.PLACE.folder.resolve())


def open_below(folder: str, name: str) -> BinaryIO:
    """A file of an announced folder, to be read; raises NotAllowed for one that links led out of it, or into
    the application's data.

    From the root on no link is followed any longer, so that one that is put there after the path was found
    leads nowhere. Raises OSError for what can't be read.
    """
    place = allowed(folder)
    real = (place / name).resolve()
    if not may_be_read(real, place):
        raise NotAllowed(texts.FOLDER_NOT_ALLOWED)
    at = os.open(real.anchor, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for part in real.parts[1:-1]:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = inner
        # A pipe would keep its reader waiting for good.
        file = os.open(real.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=at)
    finally:
        os.close(at)
    stream = os.fdopen(file, "rb")
    if not stat.S_ISREG(os.fstat(file).st_mode):
        stream.close()
        raise NotAllowed(texts.FOLDER_NOT_ALLOWED)
    return stream
