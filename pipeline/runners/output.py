"""Where the noise of TFX and TensorFlow goes."""

import contextlib
import os
import sys


@contextlib.contextmanager
def redirected(file):
    """Sends all that this process writes to stdout and stderr, from C++ too, into an open file."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
