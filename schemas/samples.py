"""Parts of many things: those that stand for all, and all of them a batch at a time."""

from collections.abc import Iterator

import numpy as np


def evenly_spread(n: int, most: int, nearest: bool = False) -> np.ndarray:
    """Indices of ``most`` of n things, rising, the first and the last among them; of all where n is less.

    Between the ends they are rounded down, or to the ``nearest`` index. Example::

        evenly_spread(10, 4)
        array([0, 3, 6, 9])
    """
    places = np.linspace(0, n - 1, min(n, most))
    return (places.round() if nearest else places).astype(np.int64)


def batches_of(n: int, size: int) -> Iterator[slice]:
    """Slices of ``size`` each that make up n things, in their order; the last may be shorter."""
    for start in range(0, n, size):
        yield slice(start, min(start + size, n))
