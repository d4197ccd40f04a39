"""A process that ends when the one that started it is gone, however that ended."""

import os
import signal
import threading


def end_with_parent() -> None:
    """Sends this process SIGTERM once standard input, which ``serve`` holds open, is closed."""

    def wait() -> None:
        while os.read(0, 1):  # not sys.stdin: a thread that waits in it can't be ended
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()
