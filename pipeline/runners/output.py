"""Keeps the output of TFX and TensorFlow off the screen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import IO, Any


@contextlib.contextmanager
def redirected(file: IO[Any]) -> Iterator[None]:
    """Sends everything that this process writes to stdout and stderr, from C++ too, into an open file."""
    sys.stdout.flush()
    sys.stderr.flush()
    saved = os.dup(1), os.dup(2)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(
                OSError
            ):  # the file's disk is full: the screen is still to be given back
                stream.flush()
        for descriptor, original in zip((1, 2), saved, strict=True):
            os.dup2(original, descriptor)
            os.close(original)
