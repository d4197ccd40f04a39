"""A TensorFlow function over more rows than it takes at once."""

import tensorflow as tf

BATCH = 64


def by_batches(function, *arrays):
    """Yields slices of the rows of NumPy ``arrays``, 64 at a time, and what ``function`` makes of them.

    ``function`` is a ``tf.function`` of as many tensors as there are arrays, to one tensor; what it makes is
    given as a NumPy array.
    """
    for start in range(0, len(arrays[0]), BATCH):
        rows = slice(start, start + BATCH)
        yield rows, function(*(tf.constant(array[rows]) for array in arrays)).numpy()
