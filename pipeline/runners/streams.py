"""Output that nobody takes any more, or that has no such letters, never ends work."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import TextIO

GONE = (errno.EPIPE, errno.EIO)  # the reader of a pipe has gone; the terminal has


class LastingStream(io.TextIOWrapper):
    """Text for a person, whose reader may go: from then on what is written goes nowhere.

    Letters that the stream's encoding lacks are written as ``\\xe9``. ``lost`` is the first error that was
    not the reader's going, such as a disk that is full; None without one.
    """

    def __init__(self, descriptor: int, encoding: str | None = None, closefd: bool = False) -> None:
        """Writes to an open file ``descriptor``, in the locale's encoding or the one given."""
        self.lost: OSError | None = None
        raw = open(descriptor, "wb", closefd=closefd)  # noqa: SIM115  closed with this object
        super().__init__(raw, encoding=encoding, errors="backslashreplace", line_buffering=True)

    def write(self, text: str) -> int:
        """Writes ``text``; returns its length, taken or not."""
        try:
            return super().write(text)
        except OSError as error:
            self._let_go(error)
            return len(text)

    def flush(self) -> None:
        """Hands on what is buffered."""
        try:
            super().flush()
        except OSError as error:
            self._let_go(error)

    def _let_go(self, error: OSError) -> None:
        """Points the descriptor to nowhere, where what is still buffered goes too."""
        if error.errno not in GONE:
            self.lost = self.lost or error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def second_stderr() -> LastingStream:
    """A stream of its own to where stderr goes now; it stays when stderr is sent to a file."""
    return LastingStream(os.dup(2), encoding_of(sys.stderr), closefd=True)


@contextlib.contextmanager
def lasting_output() -> Iterator[list[OSError]]:
    """Makes stdout and stderr of this process lasting in the block; yields what could not be written.

    That list is filled when the block ends. Streams that were replaced already, as tests do, stay.
    """
    open_what_is_closed()
    before = sys.stdout, sys.stderr
    lost: list[OSError] = []
    replaced: list[LastingStream] = []
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is getattr(sys, f"__{name}__"):
            stream = LastingStream(descriptor, encoding_of(getattr(sys, name)))
            replaced.append(stream)
            setattr(sys, name, stream)
    try:
        yield lost
    finally:
        for stream in replaced:
            stream.flush()
        lost += [stream.lost for stream in replaced if stream.lost is not None]
        sys.stdout, sys.stderr = before


def encoding_of(stream: TextIO | None) -> str | None:
    """The encoding of a stream that may be missing."""
    return None if stream is None else stream.encoding


def open_what_is_closed() -> None:
    """Opens stdin, stdout and stderr where they are closed: the next file would take their numbers."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number is this one
