"""Files that a reader sees whole or not at all."""

import contextlib
import errno
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path, suffix: str = "") -> Iterator[Path]:
    """A path beside ``path`` to write a file to, which takes the place of ``path`` when the block ends.

    ``suffix`` is how its name ends, for writers that look at it. Nothing of it stays where the block raises.
    """
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex}{suffix}")
    try:
        yield partial
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def need_room(folder: Path, size: int) -> None:
    """Raises OSError, as the system does for a full disk, where ``folder`` has no room for ``size`` bytes."""
    if shutil.disk_usage(folder).free < size:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def atomic_write(path: Path, content: bytes | str) -> None:
    """Writes a file, text as UTF-8; who reads at the same time sees what was there before, or all of this."""
    with replacing(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
