"""The fast LSTM against Keras' own: values and gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.drawings.fast_lstm import lstm_outputs
from tests.bounds import of_sum


def outputs_and_gradients(run, values):
    @tf.function(input_signature=[tf.TensorSpec((None, None, 5)), *[tf.TensorSpec((None, 7))] * 2])
    def computed(inputs, *state):
        with tf.GradientTape() as tape:
            tape.watch([inputs, state])
            outputs, weights = run(inputs, list(state))
            loss = tf.reduce_sum(tf.sin(3 * outputs))
        return outputs, tape.gradient(loss, [inputs, *state, *weights])

    return [value.numpy() for value in tf.nest.flatten(computed(*values))]


@pytest.mark.parametrize(("batch", "steps"), [(4, 9), (1, 1), (3, 2)])
def test_outputs_and_all_gradients_are_keras_own(batch, steps):
    keras.utils.set_random_seed(0)
    layer = keras.layers.LSTM(7, return_sequences=True)
    layer.build((None, None, 5))
    layer.cell.bias.assign(np.random.default_rng(1).normal(size=28))
    weights = [weight.value for weight in layer.trainable_weights]
    random = np.random.default_rng(0)
    values = [
        random.normal(size=shape).astype(np.float32) for shape in ((batch, steps, 5), (batch, 7), (batch, 7))
    ]
    fast = outputs_and_gradients(lambda x, state: (lstm_outputs(layer, x, state), weights), values)
    plain = outputs_and_gradients(lambda x, state: (layer(x, initial_state=state), weights), values)
    assert len(fast) == 7
    # A value is a sum of the input's and the state's terms at every step, a gradient of the batch's too.
    off = of_sum(batch * steps * (5 + 7))
    for one, other in zip(fast, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=off * max(np.abs(other).max(), 1))


def test_without_a_state_it_starts_from_zeros():
    layer = keras.layers.LSTM(7, return_sequences=True)
    layer.build((None, None, 5))
    inputs = np.random.default_rng(0).normal(size=(2, 6, 5)).astype(np.float32)
    found, expected = lstm_outputs(layer, tf.constant(inputs)), layer(inputs)
    np.testing.assert_allclose(found, expected, rtol=0, atol=of_sum(6 * (5 + 7)))  # they are within 1
