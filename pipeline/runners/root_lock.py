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


class RootBusyError(RuntimeError):
    """Another run holds the root folder; the message says which."""


@contextlib.contextmanager
def hold(path: Path, what: str) -> Iterator[None]:
    """Locks ``path`` for this process. The kernel releases the lock when the process ends, however it ends.

    ``what`` is what a waiting run is told about this one. Raises RootBusyError, which names the holder's
    process, host, start and recipe.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise RootBusyError(
                f"{path.parent} is in use: {describe(file.read())}. Expected no other run on one root. "
                "Wait for it, or give this run another folder with --root."
            ) from None
        holder = {
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": time.strftime("%H:%M:%S"),
            "what": what,
        }
        file.truncate(0)
        file.write(json.dumps(holder))
        file.flush()
        yield


def describe(text: str) -> str:
    """The holder in words, from what it wrote into the lock file."""
    try:
        holder = json.loads(text)
        return (
            f"'{holder['what']}' runs since {holder['since']} as process {holder['pid']} on {holder['host']}"
        )
    except (ValueError, KeyError):
        return "another run is just starting"
