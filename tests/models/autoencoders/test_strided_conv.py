"""The fast convolutions are Keras' own, forward and backward."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders import strided_conv


def relative_error(a, b):
    return float(tf.norm(a - b) / tf.norm(b))


@pytest.mark.parametrize(
    ("size", "channels", "filters", "batch"), [(8, 16, 3, 2), (16, 5, 7, 1), (4, 20, 6, 3)]
)
def test_conv_down_equals_conv2d(size, channels, filters, batch):
    x = tf.random.stateless_normal((batch, size, size, channels), (0, 1))
    kernel = tf.random.stateless_normal((4, 4, channels, filters), (0, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([x, kernel])
        expected = tf.nn.conv2d(x, kernel, 2, "SAME")
        received = strided_conv.conv_down(x, kernel)
        losses = tf.reduce_sum(tf.sin(expected)), tf.reduce_sum(tf.sin(received))
    assert received.shape == expected.shape
    assert relative_error(received, expected) < 1e-5
    for variable in (x, kernel):
        gradients = [tape.gradient(loss, variable) for loss in losses]
        assert relative_error(gradients[1], gradients[0]) < 1e-4


@pytest.mark.parametrize(
    ("size", "channels", "filters", "batch"), [(4, 3, 16, 2), (8, 5, 7, 1), (2, 6, 20, 3)]
)
def test_conv_up_equals_conv2d_transpose(size, channels, filters, batch):
    y = tf.random.stateless_normal((batch, size, size, filters), (0, 1))
    kernel = tf.random.stateless_normal((4, 4, channels, filters), (0, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([y, kernel])
        expected = tf.nn.conv2d_transpose(y, kernel, (batch, 2 * size, 2 * size, channels), 2, "SAME")
        received = strided_conv.conv_up(y, kernel)
        losses = tf.reduce_sum(tf.sin(expected)), tf.reduce_sum(tf.sin(received))
    assert received.shape == expected.shape
    assert relative_error(received, expected) < 1e-5
    for variable in (y, kernel):
        gradients = [tape.gradient(loss, variable) for loss in losses]
        assert relative_error(gradients[1], gradients[0]) < 1e-4


def test_float32_rounding_is_that_of_the_plain_convolution():
    x = np.random.default_rng(0).normal(size=(2, 16, 16, 64)).astype("f4")
    kernel = np.random.default_rng(1).normal(size=(4, 4, 64, 8)).astype("f4")
    exact = tf.nn.conv2d(tf.cast(x, tf.float64), tf.cast(kernel, tf.float64), 2, "SAME")
    plain = relative_error(tf.cast(tf.nn.conv2d(x, kernel, 2, "SAME"), tf.float64), exact)
    fast = relative_error(
        tf.cast(strided_conv.conv_down(tf.constant(x), tf.constant(kernel)), tf.float64), exact
    )
    assert fast < 5 * max(plain, 1e-7)
