"""The fast convolutions are Keras' own, forward and backward."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders import strided_conv
from tests.bounds import eps, of_sum

TAPS = 4 * 4  # of a kernel


def relative_error(a, b):
    return float(tf.norm(a - b) / tf.norm(b))


def assert_same(received, expected, variables, tape, terms):
    """Outputs, and the gradients of every variable for gradients of the outputs that are drawn: by ``terms``."""
    assert received.shape == expected.shape
    assert relative_error(received, expected) < of_sum(terms["outputs"])
    drawn = tf.random.stateless_normal(expected.shape, (0, 3))
    for name, variable in variables.items():
        one, other = (tape.gradient(y, variable, output_gradients=drawn) for y in (received, expected))
        assert relative_error(one, other) < of_sum(terms[name])


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
    terms = {"outputs": TAPS * channels, "x": TAPS * filters, "kernel": batch * size * size}
    assert_same(received, expected, {"x": x, "kernel": kernel}, tape, terms)


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
    terms = {"outputs": TAPS * filters, "y": TAPS * channels, "kernel": batch * size * size}
    assert_same(received, expected, {"y": y, "kernel": kernel}, tape, terms)


def test_float32_rounding_is_that_of_the_plain_convolution():
    x = np.random.default_rng(0).normal(size=(2, 16, 16, 64)).astype("f4")
    kernel = np.random.default_rng(1).normal(size=(4, 4, 64, 8)).astype("f4")
    exact = tf.nn.conv2d(tf.cast(x, tf.float64), tf.cast(kernel, tf.float64), 2, "SAME")
    plain = relative_error(tf.cast(tf.nn.conv2d(x, kernel, 2, "SAME"), tf.float64), exact)
    fast = relative_error(
        tf.cast(strided_conv.conv_down(tf.constant(x), tf.constant(kernel)), tf.float64), exact
    )
    # No worse than a few plain ones, or than sums of as many roundings as there are terms.
    assert fast < max(5 * plain, np.sqrt(TAPS * 64) * eps())
