"""Room on the disk: some is always left, so that what was answered is kept and what waits is not given up."""

from __future__ import annotations

import shutil
import sqlite3

from django.conf import settings
from django.db import DatabaseError

from pipeline.web import texts
from schemas.files import need_room
from schemas.paths import FULL

RESERVE = 256 * 2**20  # bytes that uploads leave: rows, faces and small pictures of what has come need them
WORKING = 64 * 2**20  # bytes that the worker leaves: rows need them
POSTGRESQL_FULL = "53100"  # SQLSTATE disk_full
SQLITE_FULL = "disk is full"


def told() -> str:
    """What is said to somebody while there is no room."""
    return texts.FULL.format(reserve=RESERVE // 2**20)


def free() -> int:
    """Bytes that are free where the data lies."""
    return shutil.disk_usage(settings.PLACE.folder).free


def need(length: int) -> None:
    """Raises OSError, as for a full disk, unless so many bytes can be written and the reserve is left."""
    need_room(settings.PLACE.folder, length + RESERVE)


def is_short() -> bool:
    """Whether so little is left that the worker has to wait."""
    return free() < WORKING


def is_full(error: BaseException | None) -> bool:
    """Whether an error says that a disk is full: this machine's, or that of the database."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if getattr(error, "sqlstate", None) == POSTGRESQL_FULL:
            return True
        if isinstance(error, (DatabaseError, sqlite3.Error)) and SQLITE_FULL in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
