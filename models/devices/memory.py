"""Memory that nothing uses any more, given back to the machine."""

import ctypes
import gc
import os

M_ARENA_MAX = -8  # of mallopt in glibc's malloc.h


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


def give_back() -> None:
    """Collects garbage and has the C library give back what it keeps of freed memory.

    glibc keeps freed pieces of up to 32 MB for later: over the steps of a run, one after the other in one
    process, they would add up. A C library without such a call is left alone.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
