"""Memory that nothing uses any more, given back to the machine."""

import ctypes
import gc


def give_back() -> None:
    """Collects garbage and has the C library give back what it keeps of freed memory.

    glibc keeps freed pieces of up to 32 MB for later, in a heap for each thread: over the steps of a run, one
    after the other in one process, they would add up. A C library without such a call is left alone.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
