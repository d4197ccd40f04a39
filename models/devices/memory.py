"""Memory: how much is left for this process, and what nothing uses any more given back to the machine."""

import contextlib
import ctypes
import functools
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

M_ARENA_MAX = -8  # of mallopt in glibc's malloc.h
# The files of a control group's limit and of its use, and the line of memory.stat with what of that is a copy
# of files, which the system drops when it needs room.
VERSION_2 = ("memory.max", "memory.current", "inactive_file")
VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def share_one_heap() -> None:
    """Has all threads of this process, and of those that it starts, take their memory from one heap.

    glibc makes a heap for each thread, up to eight times the cores, and pieces that one thread freed serve no
    other: 290 MB at the end of a run. Where ``MALLOC_ARENA_MAX`` is set already it stays, and a C library
    without such a call is left alone. Call it before threads start.
    """
    if "MALLOC_ARENA_MAX" in os.environ:  # glibc itself read it when the process started
        return
    os.environ["MALLOC_ARENA_MAX"] = "1"
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


@functools.cache
def keep_what_is_imported() -> None:
    """Has the garbage collector pass over all that is there now: once a process, when its imports are done.

    What TensorFlow, TFX and Beam import is 700,000 objects that stay to the end. To look through them takes
    0.4 s, each time that ``give_back`` is called.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Collects garbage and has the C library give back what it keeps of freed memory.

    glibc keeps freed pieces of up to 32 MB for later: over the steps of a run, one after the other in one
    process, they would add up. A C library without such a call is left alone.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def available_bytes(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Memory in bytes that this process may still take: the machine's, or less in a container with a limit.

    ``proc`` and ``groups`` are where the system tells of processes and of control groups. It is 0 if the
    system does not say.
    """
    told = [room for folder, names in _groups(proc, groups) if (room := _room(folder, *names)) is not None]
    with contextlib.suppress(OSError):
        for line in (proc / "meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                told.append(int(line.split()[1]) * 1024)
    return min(told, default=0)


def _groups(proc: Path, groups: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """The folders of this process's control groups and of those around them, with the names of their files.

    A container sees its own group as the topmost, though /proc may name it by its place outside.
    """
    lines: list[str] = []
    with contextlib.suppress(OSError):
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    for line in lines:
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        top, names = (groups / "memory", VERSION_1) if kinds else (groups, VERSION_2)
        inside = PurePosixPath(path.lstrip("/"))
        yield from ((top / part, names) for part in (inside, *inside.parents))


def _room(folder: Path, limit: str, use: str, dropped: str) -> int | None:
    """Bytes left in a control group; None without a limit, or where the group is not seen from here."""
    try:
        most, used = ((folder / name).read_text().strip() for name in (limit, use))
        stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(0, int(most) - int(used) + int(stat.get(dropped, 0)))
    except (OSError, ValueError):  # the word "max" is no limit
        return None


class Room:
    """Bytes that threads share: each takes what it needs, and waits until so much is free.

    Who needs more than ``total`` takes all of it, and so is alone.
    """

    def __init__(self, total: float) -> None:
        self._total = self._free = max(1, int(total))
        self._changed = threading.Condition()

    @contextlib.contextmanager
    def taken(self, needed: int) -> Iterator[None]:
        """Takes ``needed`` bytes for the time of a ``with``."""
        needed = min(max(1, needed), self._total)
        with self._changed:
            self._changed.wait_for(lambda: self._free >= needed)
            self._free -= needed
        try:
            yield
        finally:
            with self._changed:
                self._free += needed
                self._changed.notify_all()
