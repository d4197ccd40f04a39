"""Pictures that are moved: shifts and turns worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from models.subspaces.moved_pictures import moved, randomly_moved

N, SIDE = 5, 7


@pytest.fixture
def images():
    return tf.constant(np.random.default_rng(0).random((N, SIDE, SIDE, 2)), tf.float32)


def all_of(value):
    return tf.fill((N,), tf.constant(value, tf.float32))


def test_a_shift_by_whole_pixels_moves_each_pixel_and_repeats_the_edge(images):
    found = moved(images, all_of(0), all_of(2), all_of(-1)).numpy()
    rows = np.clip(np.arange(SIDE) - 2, 0, SIDE - 1)
    columns = np.clip(np.arange(SIDE) + 1, 0, SIDE - 1)
    np.testing.assert_allclose(found, images.numpy()[:, rows][:, :, columns], atol=1e-6)


def test_a_shift_by_half_a_pixel_is_the_mean_of_two(images):
    found = moved(images, all_of(0), all_of(0), all_of(0.5)).numpy()[:, :, 1:]
    x = images.numpy()
    np.testing.assert_allclose(found, (x[:, :, 1:] + x[:, :, :-1]) / 2, atol=1e-6)


def test_a_quarter_turn_is_numpys(images):
    found = moved(images, all_of(np.pi / 2), all_of(0), all_of(0))
    # The cosine of the angle in float32 is 4e-8, so that a place is off by less than 1e-6 pixels.
    np.testing.assert_allclose(found, np.rot90(images.numpy(), axes=(1, 2)), atol=1e-5)


def test_each_picture_has_its_own_move(images):
    down = tf.constant([0, 1, 2, 3, -1], tf.float32)
    found = moved(images, all_of(0), down, all_of(0)).numpy()
    for i, by in enumerate(down.numpy().astype(int)):
        rows = np.clip(np.arange(SIDE) - by, 0, SIDE - 1)
        np.testing.assert_allclose(found[i], images.numpy()[i][rows], atol=1e-6)


def test_what_is_drawn_follows_the_seed_and_keeps_within_the_limits(images):
    one = randomly_moved(images, np.array([1, 2], np.int32), 0.2, 10).numpy()
    np.testing.assert_array_equal(randomly_moved(images, np.array([1, 2], np.int32), 0.2, 10), one)
    assert np.abs(randomly_moved(images, np.array([1, 3], np.int32), 0.2, 10).numpy() - one).max() > 0.01
    # Bilinear weights are no less than 0 and add up to 1.
    assert one.min() >= images.numpy().min() - 1e-6
    assert one.max() <= images.numpy().max() + 1e-6


def test_moves_of_nothing_change_nothing(images):
    found = randomly_moved(images, np.array([1, 2], np.int32), 0.0, 0.0)
    np.testing.assert_allclose(found, images, atol=1e-6)


def test_a_spot_goes_no_further_than_the_limit():
    side, n = 21, 200
    x = np.zeros((n, side, side, 1), np.float32)
    x[:, 10, 10] = 1  # the middle: a turn leaves it where it is
    found = randomly_moved(tf.constant(x), np.array([4, 5], np.int32), 0.1, 180).numpy()[..., 0]
    rows, columns = (found.sum(axis=axis) @ np.arange(side) / found.sum(axis=(1, 2)) for axis in (2, 1))
    furthest = 0.1 * side + 1  # a pixel's bilinear footprint ends one pixel away
    assert np.abs(rows - 10).max() <= furthest
    assert np.abs(columns - 10).max() <= furthest
    assert np.ptp(rows) > 0.1 * side
