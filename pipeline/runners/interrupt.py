"""Ctrl-C ends a command in one line, whatever a library makes of it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

INTERRUPTED = 130  # the exit code of the shells: 128 and the number of SIGINT
_pressed = threading.Event()


@contextlib.contextmanager
def one_interrupt() -> Iterator[None]:
    """The first Ctrl-C in the block raises KeyboardInterrupt; the second ends the process at once.

    That holds after the block too, where threads of Beam may still be at work. Where Ctrl-C is ignored, or
    has another handler, it stays so.
    """
    _pressed.clear()
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _press)
    try:
        yield
    finally:
        if not _pressed.is_set():
            signal.signal(signal.SIGINT, signal.default_int_handler)


def raise_again() -> None:
    """Raises KeyboardInterrupt if Ctrl-C was pressed: libraries make other errors of it, or go on."""
    if _pressed.is_set():
        raise KeyboardInterrupt


def _press(number: int, frame: Any) -> None:
    if _pressed.is_set():
        os._exit(INTERRUPTED)
    _pressed.set()
    raise KeyboardInterrupt
