"""Keeps a process's own handler of SIGTERM."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def same_end_on_sigterm() -> Iterator[None]:
    """Restores the handler of SIGTERM at the end of the block.

    TFX's InfraValidator installs a handler that raises. Afterwards it restores any earlier handler but the
    default one (TFX 1.21: the default is 0, which it takes for no handler). A sweep that is told to end would
    then go on with its next variant.
    """
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
