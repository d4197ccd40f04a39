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

    ``function`` takes one tensor for each array and returns one tensor. It is compiled as it is: without
    AutoGraph, which reads and rewrites all code that it reaches, for a second or two.
    """
    compiled = tf.function(function, reduce_retracing=True, autograph=False)
    for rows in batches_of(len(arrays[0]), BATCH):
        yield rows, compiled(*(tf.constant(array[rows]) for array in arrays)).numpy()
