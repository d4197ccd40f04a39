"""Keeps the output of TFX and TensorFlow off the screen."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any

# A line of TensorFlow's log, the second line of one, and what comes before the first one.
LOGGED = re.compile(
    rb"([IWEF]\d{4} |\d{4}-\d\d-\d\d [\d:.]+: [IWEF] "
    rb"|To enable the following instructions: |WARNING: All log messages before absl)"
)


def start_tensorflow() -> None:
    """Imports TensorFlow, lets it look for GPUs, and keeps off the screen what it logs meanwhile.

    It logs notes, and an error where there is no GPU, before it heeds ``TF_CPP_MIN_LOG_LEVEL``. What others
    write is shown afterwards; where the import fails, or that variable is "0", everything is.
    """
    if "tensorflow" in sys.modules:
        return
    show_all = os.environ.get("TF_CPP_MIN_LOG_LEVEL") == "0"
    with tempfile.TemporaryFile() as file:
        try:
            with redirected(file):
                import tensorflow as tf

                tf.config.list_physical_devices("GPU")
        except BaseException:
            show_all = True
            raise
        finally:
            file.seek(0)
            said = b"".join(line for line in file if show_all or not LOGGED.match(line))
            if said:
                with contextlib.suppress(OSError):  # nobody reads it
                    os.write(2, said)


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
