"""A process that ends when the one that started it is gone, however that ended."""

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    """Sends this process SIGTERM once standard input, which ``serve`` holds open, is closed."""

    def wait() -> None:
        while sys.stdin.buffer.read(1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()
