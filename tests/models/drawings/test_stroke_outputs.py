"""The losses of a decoder of drawings against SciPy's and NumPy's own numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax
from scipy.stats import multivariate_normal

from models.drawings.stroke_outputs import (
    COMPONENTS,
    LEAST_DEVIATION,
    OUTPUTS,
    log_density,
    pen_states,
    with_end,
)
from tests.bounds import of_sum

LENGTHS = (4, 2)
RNG = np.random.default_rng(0)
OFFSETS = RNG.normal(size=(2, 4, 2)).astype(np.float32)
INSIDE = np.arange(4)[None] < np.array(LENGTHS)[:, None]
LIFTED = np.where(INSIDE, [[0, 1, 0, 1], [0, 1, 0, 0]], 0).astype(np.float32)


def parameters(name, seed=1):
    return np.random.default_rng(seed).normal(size=(2, 5, OUTPUTS[name].size)).astype(np.float32)


def terms(name, given, offsets=OFFSETS, lifted=LIFTED, inside=INSIDE):
    found = OUTPUTS[name].terms(
        tf.constant(given), tf.constant(offsets), tf.constant(lifted), tf.constant(inside)
    )
    return {key: value.numpy() for key, value in found.items()}


def test_the_density_is_scipys():
    deviations, correlation, x = np.array([0.5, 2.0]), 0.7, np.array([0.3, -1.0])
    product = correlation * deviations.prod()
    covariance = [[deviations[0] ** 2, product], [product, deviations[1] ** 2]]
    found = log_density(
        tf.constant(x / deviations), tf.constant(deviations), tf.constant(correlation, tf.float64)
    )
    assert float(found) == pytest.approx(multivariate_normal([0, 0], covariance).logpdf(x))


def test_the_mixture_is_of_twenty_as_in_the_paper():
    assert (OUTPUTS["mixture"].size, OUTPUTS["mse"].size) == (123, 4)


def test_the_mixtures_terms_are_means_over_a_drawings_own_steps():
    given = parameters("mixture")
    weights, mean_x, mean_y, log_x, log_y, raw = (
        given[..., :-3].reshape(2, 5, 6, COMPONENTS).transpose(2, 0, 1, 3)
    )
    deviations = LEAST_DEVIATION + np.log1p(np.exp([log_x, log_y]))
    correlation = 0.98 * np.tanh(raw)
    expected = {"offset": [], "pen": []}
    for drawing, length in enumerate(LENGTHS):
        log_likelihoods, pens = [], []
        for step in range(length + 1):
            pen = 2 if step == length else int(LIFTED[drawing, step])
            pens.append(log_softmax(given[drawing, step, -3:])[pen])
            if step == length:
                continue
            density = []
            for k in range(COMPONENTS):
                at = drawing, step, k
                sx, sy = deviations[0][at], deviations[1][at]
                product = correlation[at] * sx * sy
                normal = multivariate_normal([mean_x[at], mean_y[at]], [[sx**2, product], [product, sy**2]])
                density.append(normal.logpdf(OFFSETS[drawing, step]))
            weighted = log_softmax(weights[drawing, step]) + density
            log_likelihoods.append(np.logaddexp.reduce(weighted))
        expected["offset"].append(-np.mean(log_likelihoods))
        expected["pen"].append(-np.mean(pens))
    for name, value in terms("mixture", given).items():
        # Squares of (x - mean) / deviation are up to some ten here, and a few units are left of them.
        np.testing.assert_allclose(value, expected[name], rtol=of_sum(COMPONENTS) * 20)


def test_the_squared_terms_are_the_posts_error_and_the_ends():
    given = parameters("mse")
    for drawing, length in enumerate(LENGTHS):
        steps = np.concatenate([OFFSETS, LIFTED[..., None]], axis=-1)[drawing, :length]
        error = (given[drawing, :length, :3] - steps) ** 2
        end = (given[drawing, : length + 1, 3] - (np.arange(length + 1) == length)) ** 2
        found = {name: value[drawing] for name, value in terms("mse", given).items()}
        assert found["offset"] == pytest.approx(error[:, :2].sum() / 3 / length, rel=of_sum(2 * length))
        assert found["pen"] == pytest.approx(error[:, 2].mean() / 3 + end.mean(), rel=of_sum(2 * length))


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_stands_in_the_padding_changes_nothing(name):
    given, offsets, lifted = parameters(name), OFFSETS.copy(), LIFTED.copy()
    before = terms(name, given)
    offsets[1, 2:], lifted[1, 2:], given[1, 3:] = 1e30, 1, np.nan
    for key, value in terms(name, given, offsets, lifted).items():
        np.testing.assert_array_equal(value, before[key])


@pytest.mark.parametrize("name", OUTPUTS)
@pytest.mark.parametrize("size", [0.0, 30.0, 1e4])
def test_far_and_sure_outputs_have_finite_losses_and_gradients(name, size):
    given = tf.Variable(size * parameters(name))
    with tf.GradientTape() as tape:
        found = OUTPUTS[name].terms(given, tf.constant(OFFSETS), tf.constant(LIFTED), tf.constant(INSIDE))
        loss = sum(tf.reduce_mean(value) for value in found.values())
    assert np.isfinite(loss.numpy())
    assert np.isfinite(tape.gradient(loss, given).numpy()).all()


def test_an_offset_that_is_always_the_same_has_a_bounded_likelihood():
    given = parameters("mixture")
    given[..., COMPONENTS : 3 * COMPONENTS] = 0  # all means at the offset,
    given[..., 3 * COMPONENTS : 5 * COMPONENTS] = -1e6  # and as sure as it can be
    given[..., 5 * COMPONENTS : 6 * COMPONENTS] = 1e6
    found = terms("mixture", given, offsets=0 * OFFSETS)["offset"]
    densest = -np.log(2 * np.pi * 0.1**2 * np.sqrt(1 - 0.98**2))  # both deviations 0.1, correlation 0.98
    np.testing.assert_allclose(found, -densest, rtol=of_sum(COMPONENTS) * 10)


def test_the_expected_step_has_the_least_squared_error():
    given = tf.constant(parameters("mixture")[:1, :1])
    mean = OUTPUTS["mixture"].expected(given).numpy()[0, 0]
    logits, mean_x, mean_y = given.numpy()[0, 0, : 3 * COMPONENTS].reshape(3, COMPONENTS)
    weights = np.exp(log_softmax(logits))
    off = of_sum(COMPONENTS) * np.abs([mean_x, mean_y]).max()
    np.testing.assert_allclose(mean[:2], [weights @ mean_x, weights @ mean_y], rtol=0, atol=off)
    down, lifted, _ = np.exp(given.numpy()[0, 0, -3:])
    assert mean[2] == pytest.approx(lifted / (down + lifted), rel=of_sum(3))


def test_the_likeliest_step_is_the_heaviest_components_mean():
    given = parameters("mixture")[:, 0]
    given[:, 7] = 50
    offset, lifted, over = (x.numpy() for x in OUTPUTS["mixture"].likeliest(tf.constant(given)))
    np.testing.assert_array_equal(offset, given[:, [COMPONENTS + 7, 2 * COMPONENTS + 7]])
    shares = np.exp(log_softmax(given[:, -3:], axis=-1))
    np.testing.assert_allclose(np.stack([lifted, over]), shares[:, 1:].T, rtol=of_sum(3))


def test_the_posts_step_is_read_off_its_outputs():
    given = np.array([[[0.5, -3.0, 0.25, 0.75]], [[-1.5, 2.0, -0.1, 1.2]]], np.float32)
    np.testing.assert_array_equal(OUTPUTS["mse"].expected(tf.constant(given)), given[..., :3])
    offset, lifted, over = (x.numpy() for x in OUTPUTS["mse"].likeliest(tf.constant(given[:, 0])))
    np.testing.assert_array_equal(offset, given[:, 0, :2])
    np.testing.assert_array_equal(lifted, np.array([0.25, 0.0], np.float32))
    np.testing.assert_array_equal(over, np.array([0.75, 1.0], np.float32))


@pytest.mark.parametrize("name", OUTPUTS)
def test_moved_outputs_are_of_offsets_that_are_larger_by_so_much(name):
    output, given = OUTPUTS[name], parameters(name)
    by = np.random.default_rng(2).normal(size=(2, 5, 2)).astype(np.float32)
    moved = output.moved(tf.constant(given), tf.constant(by))
    assert moved.shape == given.shape
    # A mean of means within some units, each moved by up to a few.
    off = of_sum(COMPONENTS) * 10
    expected = output.expected(tf.constant(given)).numpy() + np.pad(by, [(0, 0), (0, 0), (0, 1)])
    np.testing.assert_allclose(output.expected(moved), expected, rtol=0, atol=off)
    before, after = (
        terms(name, given),
        terms(name, moved.numpy(), offsets=OFFSETS + by[:, :4]),
    )
    # Squares of differences of numbers up to ten: what is a tenth keeps a hundredth of their digits.
    for key, value in after.items():
        np.testing.assert_allclose(value, before[key], rtol=of_sum(COMPONENTS) * 100)


def test_the_end_comes_once_after_the_last_step():
    states = pen_states(tf.constant(LIFTED), tf.constant(INSIDE)).numpy()
    assert states.argmax(-1).tolist() == [[0, 1, 0, 1, 2], [0, 1, 2, 2, 2]]
    assert (states.sum(-1) == 1).all()
    assert with_end(tf.constant(INSIDE)).numpy().sum(1).tolist() == [5, 3]


def test_half_precision_parameters_give_float32_losses():
    given = tf.cast(parameters("mixture"), tf.float16)
    assert {value.dtype for value in terms("mixture", given).values()} == {np.dtype(np.float32)}
    assert keras.config.floatx() == "float32"
