"""Computes a Keras LSTM's outputs with less work in its loop, for training on CPUs.

In each step an LSTM needs only one product with its recurrent kernel, forwards and again backwards.
TensorFlow also computes the products with the inputs and the gradients of the kernels step by step, but one
large product gives them for all steps at once. A hand-written gradient also has fewer operations than the
one that TensorFlow derives. This works in float32 and with TensorFlow only. The weights are the Keras
layer's own, so a model can be trained with one and served with the other. GPUs have kernels of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from models.tensors import Tensor

if TYPE_CHECKING:
    import keras


def lstm_outputs(layer: keras.layers.LSTM, inputs: Tensor, state: list[Tensor] | None = None) -> Tensor:
    """Outputs (B, T, units) of a built ``keras.layers.LSTM`` for inputs (B, T, d), all float32.

    They equal ``layer(inputs, initial_state=state)`` with ``return_sequences``, no mask and the layer's
    default activations. ``state`` is [h, c], each (B, units); None stands for zeros.
    """
    cell = layer.cell
    by_step = tf.transpose(inputs, (1, 0, 2))
    projected = tf.tensordot(by_step, tf.convert_to_tensor(cell.kernel), 1) + tf.convert_to_tensor(cell.bias)
    if state is None:
        zeros = tf.zeros((tf.shape(inputs)[0], layer.units))
        state = [zeros, zeros]
    return tf.transpose(recurrence(projected, tf.convert_to_tensor(cell.recurrent_kernel), *state), (1, 0, 2))


@tf.custom_gradient
def recurrence(
    projected: Tensor, kernel: Tensor, hidden: Tensor, carried: Tensor
) -> tuple[Tensor, Callable[..., tuple[Tensor, ...]]]:
    """Hidden states (T, B, n) of an LSTM's steps.

    ``projected`` (T, B, 4 n) is the inputs times their kernel, plus the bias, in Keras' order of gates (in,
    forget, candidate, out). ``kernel`` is (n, 4 n). ``hidden`` and ``carried`` (B, n) are the state before
    the first step.
    """
    hiddens, carrieds, gates = forwards(projected, kernel, hidden, carried)

    def gradient(upstream: Tensor) -> tuple[Tensor, ...]:
        before = tf.concat([hidden[tf.newaxis], hiddens[:-1]], 0)
        carried_before = tf.concat([carried[tf.newaxis], carrieds[:-1]], 0)
        slopes, kept, leaving = local_slopes(gates, carrieds, carried_before)
        at_gates, at_hidden, at_carried = backwards(upstream, tf.transpose(kernel), slopes, kept, leaving)
        return at_gates, tf.tensordot(before, at_gates, [[0, 1], [0, 1]]), at_hidden, at_carried

    return hiddens, gradient


def forwards(projected: Tensor, kernel: Tensor, hidden: Tensor, carried: Tensor) -> list[Tensor]:
    """The hidden and the carried state (T, B, n) and the gates' values (T, B, 4 n) of every step."""
    steps = tf.shape(projected)[0]

    def one(step: Tensor, hidden: Tensor, carried: Tensor, *written: tf.TensorArray) -> tuple[Any, ...]:
        let_in, forget, candidate, out = tf.split(projected[step] + tf.matmul(hidden, kernel), 4, -1)
        let_in, forget, out = tf.sigmoid(let_in), tf.sigmoid(forget), tf.sigmoid(out)
        candidate = tf.tanh(candidate)
        carried = forget * carried + let_in * candidate
        hidden = out * tf.tanh(carried)
        values = (hidden, carried, tf.concat([let_in, forget, candidate, out], -1))
        arrays = [array.write(step, value) for array, value in zip(written, values, strict=True)]
        return step + 1, hidden, carried, *arrays

    arrays = [tf.TensorArray(tf.float32, steps) for _ in range(3)]
    _, _, _, *written = tf.while_loop(lambda step, *_: step < steps, one, (0, hidden, carried, *arrays))
    return [array.stack() for array in written]


def local_slopes(gates: Tensor, carried: Tensor, carried_before: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The factors by which gradients are multiplied in each step, for all steps at once, each (T, B, ...).

    The first (4 n) leads from the carried state to the first three gates (3 n) and from the hidden state to
    the fourth (n). The second (n) leads from the carried state to the one before it, and the third (n) from
    the hidden state to the carried one.
    """
    let_in, forget, candidate, out = tf.split(gates, 4, -1)
    shown = tf.tanh(carried)
    slopes = [
        candidate * let_in * (1 - let_in),
        carried_before * forget * (1 - forget),
        let_in * (1 - tf.square(candidate)),
        shown * out * (1 - out),
    ]
    return tf.concat(slopes, -1), forget, out * (1 - tf.square(shown))


def backwards(
    upstream: Tensor, transposed: Tensor, slopes: Tensor, kept: Tensor, leaving: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients at the gates' inputs (T, B, 4 n), and at the initial hidden and carried state (B, n)."""
    steps = tf.shape(upstream)[0]

    def one(step: Tensor, at_hidden: Tensor, at_carried: Tensor, written: tf.TensorArray) -> tuple[Any, ...]:
        at_hidden = at_hidden + upstream[step]
        at_carried = at_carried + at_hidden * leaving[step]
        at_gates = tf.concat([at_carried, at_carried, at_carried, at_hidden], -1) * slopes[step]
        return (
            step - 1,
            tf.matmul(at_gates, transposed),
            at_carried * kept[step],
            written.write(step, at_gates),
        )

    zeros = tf.zeros_like(upstream[0])
    start = (steps - 1, zeros, zeros, tf.TensorArray(tf.float32, steps))
    _, at_hidden, at_carried, written = tf.while_loop(lambda step, *_: step >= 0, one, start)
    return written.stack(), at_hidden, at_carried


def is_faster(layer: keras.layers.LSTM) -> bool:
    """Whether ``lstm_outputs`` can compute this layer and is faster: in float32 and without a GPU."""
    return layer.compute_dtype == "float32" and not tf.config.list_physical_devices("GPU")
