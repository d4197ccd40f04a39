"""One run at a time under one root folder."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout


class RootError(RuntimeError):
    """The root folder can't be used; the message says why, and how to go on."""


class RootBusyError(RootError):
    """Another run holds the root folder; the message says which."""


@contextlib.contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Locks ``path`` for this process. The kernel releases the lock when the process ends, however it ends.

    ``what`` is what a waiting run is told about this one. Raises RootBusyError, which names the holder's
    process, host, start and recipe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    told = path.with_name(f"{path.name}.json")
    try:
        held = FileLock(path).acquire(blocking=False)
    except Timeout:
        raise RootBusyError(
            f"{path.parent} is in use: {describe(told)}. Expected no other run on one root. "
            "Wait for it, or give this run another folder with --root."
        ) from None
    holder = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": time.strftime("%H:%M:%S"),
        "what": what,
    }
    with held:
        told.write_text(json.dumps(holder), encoding="utf-8")
        yield


def describe(told: Path) -> str:
    """The holder in words, from the file that it wrote."""
    try:
        holder = json.loads(told.read_text(encoding="utf-8"))
        return (
            f"'{holder['what']}' runs since {holder['since']} as process {holder['pid']} on {holder['host']}"
        )
    except (OSError, ValueError, KeyError):
        return "another run is just starting"
