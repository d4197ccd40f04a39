"""Lines that tell now and then how far some work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

PHOTOS = "photos searched for faces"


def teller(stream: TextIO | None, what: str = PHOTOS, every: int = 500) -> Callable[[int, int], None]:
    """A function of ``done`` and ``total`` that writes a line at the end, and each time ``every`` are done.

    ``done`` may skip numbers. Without a ``stream`` it writes nothing.
    """
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if stream is not None and (done == total or done // every > told):
            told = done // every
            stream.write(f"{done} of {total} {what}\n")
            stream.flush()

    return tell
