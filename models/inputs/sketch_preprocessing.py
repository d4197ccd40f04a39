"""From a drawing's numbers to a network's input: one function for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from models.tensors import Tensor
from schemas.sketch_features import MOST_STEPS, PADDING, STEP_SIZE, STROKES


def filled_up(steps: tf.RaggedTensor) -> Tensor:
    """Ragged steps (B, T, 3) as a tensor as long as the longest drawing; shorter ones end in PADDING."""
    dense = steps.to_tensor(default_value=tf.constant(PADDING))
    # An LSTM needs at least one step, even for a batch without drawings.
    dense = tf.pad(dense, [[0, 0], [0, tf.cast(tf.equal(tf.shape(dense)[1], 0), tf.int32)], [0, 0]])
    return tf.ensure_shape(dense, (None, None, STEP_SIZE))


def strokes_from_values(values: tf.SparseTensor) -> Tensor:
    """Turns flat steps, a SparseTensor (B, 3 T) float32, into padded strokes (B, T, 3) float32.

    When the graph runs, it raises tf.errors.InvalidArgumentError for a drawing without steps, with more than
    MOST_STEPS, with a number of values that is not a multiple of 3, or with a value that is not finite.
    """
    ragged = tf.RaggedTensor.from_sparse(values)
    lengths = ragged.row_lengths()
    finite = tf.reduce_all(tf.math.is_finite(ragged), axis=1)
    whole = (lengths > 0) & (lengths % STEP_SIZE == 0) & (lengths <= STEP_SIZE * MOST_STEPS) & finite
    first_bad = tf.argmin(tf.concat([tf.cast(whole, tf.int32), [0]], 0))
    expected = f"strokes, a float list of 1 to {MOST_STEPS} steps (dx, dy, pen), finite"
    message = tf.strings.format(f"examples[{{}}] holds no drawing. Expected: {expected}.", first_bad)
    with tf.control_dependencies([tf.debugging.Assert(first_bad == ragged.nrows(), [message])]):
        steps = tf.reshape(ragged.flat_values, (-1, STEP_SIZE))
    return filled_up(tf.RaggedTensor.from_row_lengths(steps, lengths // STEP_SIZE))


def preprocessing_fn(inputs: Mapping[str, Tensor], custom_config: Mapping[str, Any]) -> dict[str, Tensor]:
    """What TFX Transform calls: raw features of ``schemas/sketch.pbtxt`` to {"strokes": SparseTensor}.

    Strokes pass through unchanged, because drawings differ in length and the model scales them by what it was
    trained on. Labels are not among the outputs, so training cannot see them.
    """
    return {STROKES: inputs[STROKES]}
