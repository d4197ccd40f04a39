"""Ctrl-C ends a command in one line, whatever a library makes of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

INTERRUPTED = 130  # the exit code of the shells: 128 and the number of SIGINT
AGAIN = 0.05  # seconds until an interrupt is raised again that Python had to ignore
_pressed, _ignored = threading.Event(), threading.Event()


@contextlib.contextmanager
def one_interrupt() -> Iterator[None]:
    """The first Ctrl-C in the block raises KeyboardInterrupt; the second ends the process at once.

    That holds after the block too, where threads of Beam may still be at work. Where Ctrl-C is ignored, or
    has another handler, it stays so. Python ignores what is raised while it clears up objects; there the
    interrupt is raised once more, a moment later.
    """
    _pressed.clear()
    _ignored.clear()
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if not ours or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, _press)
    hook = sys.unraisablehook
    sys.unraisablehook = lambda unraisable: _raise_later() if _is_interrupt(unraisable) else hook(unraisable)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        if not _pressed.is_set():
            signal.signal(signal.SIGINT, signal.default_int_handler)


def raise_again() -> None:
    """Raises KeyboardInterrupt if Ctrl-C was pressed: libraries make other errors of it, or go on."""
    if _pressed.is_set():
        raise KeyboardInterrupt


def _press(number: int, frame: Any) -> None:
    if _pressed.is_set() and not _ignored.is_set():
        os._exit(INTERRUPTED)
    _pressed.set()
    _ignored.clear()
    raise KeyboardInterrupt


def _is_interrupt(unraisable: Any) -> bool:
    return _pressed.is_set() and issubclass(unraisable.exc_type, KeyboardInterrupt)


def _raise_later() -> None:
    """Presses Ctrl-C again from another thread, when this one is out of what can't raise."""
    _ignored.set()
    again = threading.Timer(AGAIN, os.kill, (os.getpid(), signal.SIGINT))
    again.daemon = True
    again.start()
