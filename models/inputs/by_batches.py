"""A TensorFlow function over more rows than it takes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import tensorflow as tf

from models.tensors import Tensor

if TYPE_CHECKING:
    import numpy as np


BATCH = 64


def by_batches(function: Callable[..., Tensor], *arrays: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yields slices of the rows of NumPy ``arrays``, 64 at a time, and what ``function`` makes of them.

    ``function`` is a ``tf.function`` of as many tensors as there are arrays, to one tensor; what it makes is
    given as a NumPy array.
    """
    for start in range(0, len(arrays[0]), BATCH):
        rows = slice(start, start + BATCH)
        yield rows, function(*(tf.constant(array[rows]) for array in arrays)).numpy()
