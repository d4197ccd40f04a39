"""Applies a TensorFlow function to many rows, one batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import tensorflow as tf

from models.tensors import Tensor
from schemas.samples import batches_of

if TYPE_CHECKING:
    import numpy as np


BATCH = 64


def by_batches(function: Callable[..., Tensor], *arrays: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Calls ``function`` on 64 rows of NumPy ``arrays`` at a time; yields each slice and its NumPy result.

    ``function`` is a ``tf.function`` that takes one tensor for each array and returns one tensor.
    """
    for rows in batches_of(len(arrays[0]), BATCH):
        yield rows, function(*(tf.constant(array[rows]) for array in arrays)).numpy()
