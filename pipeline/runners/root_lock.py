"""One run at a time under one root folder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from schemas.paths import FULL


class RootError(RuntimeError):
    """The root folder can't be used; the message says why, and how to go on."""


class WrongRootError(ValueError):
    """``--root`` names a folder that no run can use, whatever is in it; the message is one line."""


class RootBusyError(RootError):
    """Another run holds the root folder; the message says which."""


@contextlib.contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Locks ``path`` for this process. The kernel releases the lock when the process ends, however it ends.

    ``what`` is what a waiting run is told about this one. Raises RootBusyError, which names the holder's
    process, host, start and recipe; WrongRootError where the file system has no locks, or the file can't be
    written.
    """
    told = path.with_name(f"{path.name}.json")
    with opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RootBusyError(
                f"{path.parent} is in use: {describe(told)}. Expected no other run on one root. "
                "Wait for it, or give this run another folder with --root."
            ) from None
        except OSError as error:
            raise WrongRootError(
                f"--root {path.parent} has a file system without locks: {error.strerror}. Expected one that "
                "can keep a second run away. Give a folder on a local disk."
            ) from error
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": time.strftime("%H:%M:%S UTC", time.gmtime()),
            "what": what,
        }
        told.write_text(json.dumps(holder), encoding="utf-8")
        yield


def opened(path: Path) -> BinaryIO:
    """The file to lock, made where it is missing, with its folder."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return open(path, "ab")
    except OSError as error:
        if error.errno in FULL:
            raise
        raise WrongRootError(
            f"{path} can't be written: {error.strerror}. Expected a file, or nothing: it is the lock of "
            "--root. Give a folder of your own, or move that aside."
        ) from error


def describe(told: Path) -> str:
    """The holder in words, from the file that it wrote."""
    try:
        holder = json.loads(told.read_text(encoding="utf-8"))
        return (
            f"'{holder['what']}' runs since {holder['since']} as process {holder['pid']} on {holder['host']}"
        )
    except (OSError, ValueError, KeyError):
        return "another run is just starting"
