"""Files for this user alone: chips, reports and embeddings are people's faces."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

OTHERS = 0o077  # the rights of the group and of all others


@contextlib.contextmanager
def private_files() -> Iterator[None]:
    """What this process and those that it starts write is for this user alone: 0600, and folders 0700."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def readable_for_all(folder: Path) -> None:
    """Lets everybody read ``folder`` and what lies below it: a pushed model holds nobody's face.

    Whether they reach it is up to the folders above.
    """
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            more = stat.S_IRGRP | stat.S_IROTH | (stat.S_IXGRP | stat.S_IXOTH if path.is_dir() else 0)
            path.chmod(path.stat().st_mode | more)
