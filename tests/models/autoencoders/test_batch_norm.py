"""The fused BatchNorm does what Keras' does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from models.autoencoders.batch_norm import BatchNorm
from tests.bounds import eps, of_sum


def one_step(layer, maps, weights):
    """Output, gradients by maps, gamma and beta, and the moving statistics after one training step."""
    layer.build(maps.shape)
    layer.gamma.assign([2.0, 0.5, 1.0])
    layer.beta.assign([0.1, -1.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(maps)
        outputs = layer(maps, training=True)
        loss = tf.reduce_sum(tf.cast(outputs, tf.float32) * weights)
    gradients = tape.gradient(loss, [maps, layer.gamma, layer.beta])
    return [outputs, *gradients, layer.moving_mean, layer.moving_variance]


TERMS = 4 * 6 * 5  # values of a channel, that its moments and gradients sum over


@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_a_training_step_is_that_of_keras(dtype):
    generator = np.random.default_rng(0)
    kind = keras.DTypePolicy(dtype).compute_dtype
    maps = tf.cast(generator.normal(3.0, 2.0, (4, 6, 5, 3)), kind)
    weights = tf.constant(generator.normal(size=(4, 6, 5, 3)), tf.float32)
    own, theirs = BatchNorm(dtype=dtype), layers.BatchNormalization(momentum=0.9, dtype=dtype)
    assert own._fusible(maps)
    found, expected = one_step(own, maps, weights), one_step(theirs, maps, weights)
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        wide = np.asarray(b, np.float32)
        off = of_sum(TERMS) + 2 * eps(kind)  # the sums are in float32; what they give is rounded to the kind
        np.testing.assert_allclose(np.asarray(a, np.float32), wide, rtol=0, atol=off * np.abs(wide).max())
    # The moving statistics are float32 whatever the maps are.
    np.testing.assert_allclose(own.moving_variance, theirs.moving_variance, rtol=of_sum(TERMS))


def test_inference_and_what_the_kernel_does_not_take_are_left_to_keras():
    maps = tf.constant(np.random.default_rng(0).normal(size=(4, 3, 3, 2)), tf.float32)
    own, theirs = BatchNorm(), layers.BatchNormalization(momentum=0.9)
    for layer in (own, theirs):
        layer.build(maps.shape)
        layer.moving_mean.assign([0.5, -0.5])
    np.testing.assert_array_equal(own(maps, training=False), theirs(maps, training=False))
    rows = BatchNorm()(maps[:, 0, 0], training=True)
    np.testing.assert_allclose(np.mean(rows, axis=0), 0.0, atol=of_sum(4))
    assert not BatchNorm(synchronized=True)._fusible(maps)
    assert not BatchNorm()._fusible(tf.cast(maps, tf.float64))
    frozen = BatchNorm(trainable=False)
    frozen(maps, training=True)
    np.testing.assert_array_equal(frozen.moving_mean, [0.0, 0.0])


def test_it_survives_its_config():
    layer = BatchNorm.from_config(BatchNorm(momentum=0.7, epsilon=1e-5).get_config())
    assert (layer.momentum, layer.epsilon, layer.synchronized) == (0.7, 1e-5, False)
