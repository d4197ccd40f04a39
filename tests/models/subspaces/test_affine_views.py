"""Affine views: what each map does to a picture, and that no view goes beyond its limits."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from models.subspaces.affine_views import affine_views, matrices, moved
from models.subspaces.view_limits import ViewLimits
from tests.bounds import of_sum

STILL = ViewLimits(0.0, 0.0, 0.0, 0.0, False)


def pictures(n=3, side=9, channels=1, seed=0):
    return np.random.default_rng(seed).random((n, side, side, channels), np.float32)


def seen(images, angle=0.0, zoom=1.0, shear=0.0, mirror=1.0, shift=(0.0, 0.0)):
    """The images under one map."""
    values = (np.full(len(images), value, np.float32) for value in (angle, zoom, shear, mirror))
    shifts = np.repeat([shift], len(images), axis=0).astype(np.float32)
    return np.asarray(moved(tf.constant(images), matrices(*map(tf.constant, values)), shifts))


# Places are sums of four terms up to a side: bilinear weights are off by no more than that.
OFF = of_sum(4) * 9 * 4


@pytest.mark.parametrize("channels", [1, 3])
def test_turns_mirrors_and_shifts_are_those_of_numpy(channels):
    images = pictures(channels=channels)
    np.testing.assert_allclose(seen(images), images, rtol=0, atol=OFF)
    np.testing.assert_allclose(seen(images, mirror=-1.0), images[:, :, ::-1], rtol=0, atol=OFF)
    turned = seen(images, angle=np.pi / 2)
    np.testing.assert_allclose(turned, np.rot90(images, 1, (1, 2)), rtol=0, atol=OFF)
    across = seen(images, shift=(2 / 9, 0.0))
    np.testing.assert_allclose(across[:, :, :7], images[:, :, 2:], rtol=0, atol=OFF)
    down = seen(images, shift=(0.0, 1 / 9))
    np.testing.assert_allclose(down[:, :8], images[:, 1:], rtol=0, atol=OFF)


def test_what_lies_outside_is_that_of_the_edge():
    images = pictures()
    across = seen(images, shift=(3 / 9, 0.0))
    np.testing.assert_allclose(across[:, :, 6:], np.repeat(images[:, :, 8:], 3, axis=2), rtol=0, atol=OFF)


def test_twice_as_large_shows_the_middle():
    ramp = np.broadcast_to(np.arange(9, dtype=np.float32)[None, None, :, None], (1, 9, 9, 1))
    expected = 4 + (np.arange(9) - 4) / 2
    np.testing.assert_allclose(seen(ramp, zoom=2.0)[0, 0, :, 0], expected, rtol=0, atol=8 * OFF)


def test_a_shear_moves_lines_by_how_far_they_are_from_the_middle():
    ramp = np.broadcast_to(np.arange(9, dtype=np.float32)[None, None, :, None], (1, 9, 9, 1))
    expected = 4 + 0.5 * (np.arange(9) - 4)
    np.testing.assert_allclose(seen(ramp, shear=0.5)[0, :, 4, 0], expected, rtol=0, atol=8 * OFF)


def test_views_within_no_limits_are_the_pictures_and_others_differ():
    images = pictures(16)
    generator = keras.random.SeedGenerator(0)
    np.testing.assert_allclose(affine_views(images, STILL, generator), images, rtol=0, atol=OFF)
    limits = ViewLimits(15.0, 0.1, 0.15, 0.2, False)
    first, second = (np.asarray(affine_views(images, limits, generator)) for _ in range(2))
    assert (np.abs(first - images).max(axis=(1, 2, 3)) > OFF).all()
    assert np.abs(first - second).max() > OFF


def test_about_half_of_mirrored_views_are_mirror_images():
    images = np.repeat(pictures(1), 400, axis=0)
    views = np.asarray(
        affine_views(images, ViewLimits(0.0, 0.0, 0.0, 0.0, True), keras.random.SeedGenerator(0))
    )
    mirrored = np.abs(views - images[:, :, ::-1]).max(axis=(1, 2, 3)) < 1e-3
    plain = np.abs(views - images).max(axis=(1, 2, 3)) < 1e-3
    assert (mirrored ^ plain).all()
    assert 140 < mirrored.sum() < 260  # 200 and 6 deviations of a fair coin


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**31 - 1), st.floats(0, 180), st.floats(0, 1), st.floats(0, 0.9), st.floats(0, 1))
def test_no_view_is_darker_or_lighter_than_its_picture(seed, rotation, shift, scale, shear):
    images = pictures(4, seed=seed % 1000)
    limits = ViewLimits(rotation, shift, scale, shear, True)
    views = np.asarray(affine_views(images, limits, keras.random.SeedGenerator(seed)))
    assert views.shape == images.shape
    assert (views.max(axis=(1, 2, 3)) <= images.max(axis=(1, 2, 3)) + OFF).all()
    assert (views.min(axis=(1, 2, 3)) >= images.min(axis=(1, 2, 3)) - OFF).all()
