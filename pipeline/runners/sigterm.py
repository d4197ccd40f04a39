"""What a process does when it is told to end, kept as it was."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def same_end_on_sigterm():
    """What SIGTERM does is the same after as before.

    TFX's InfraValidator has it raise, and sets back any handler but the default one (TFX 1.21: it is 0, and
    taken for none). What is told to end would then go on with its next variant.
    """
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
