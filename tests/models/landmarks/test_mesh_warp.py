"""The warp: pixels go with their triangles, and a face in the mean shape stays as it is."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.landmarks.mesh_points import N_POINTS
from models.landmarks.mesh_warp import (
    LEAST,
    PIXELS,
    RING,
    MeshWarp,
    mirrored_mesh,
    read_at,
    shown,
    triangles,
)
from tests.bounds import eps
from tests.models.landmarks.orl_chips import orl_chips
from tests.models.landmarks.test_face_mesh import found, mesh

PIXEL = 192 * 8 * eps()  # what a place in a chip may be off by rounding


@functools.cache
def learnt():
    """A warp, and the points that it learnt the mean of."""
    points = found(mesh(), orl_chips(4, 2))[..., :2]
    warp = MeshWarp()
    warp.learn(points)
    return warp, points


def test_the_mean_mesh_is_the_mean_and_symmetric():
    warp, points = learnt()
    mean = warp.mean.numpy()
    np.testing.assert_allclose(mirrored_mesh(mean), mean, rtol=0, atol=PIXEL)
    both = np.concatenate([points, mirrored_mesh(points)]).mean(axis=0)
    np.testing.assert_allclose(mean, both, rtol=0, atol=PIXEL)


def test_every_pixel_lies_where_its_triangle_says():
    mean = learnt()[0].mean.numpy()
    corners, shares = triangles(mean)
    assert corners.shape == shares.shape == (PIXELS, 3)
    assert shares.min() > -PIXEL
    there = (np.concatenate([mean, RING])[corners] * shares[..., None]).sum(axis=1)
    down, across = np.mgrid[:192, :192]
    np.testing.assert_allclose(there, np.c_[across.ravel(), down.ravel()], rtol=0, atol=PIXEL)


def test_a_face_of_the_mean_shape_stays_as_it_is():
    warp, _ = learnt()
    grey = tf.constant(orl_chips(4, 2)[:2], tf.float32)
    mean = tf.tile(warp.mean[tf.newaxis], (2, 1, 1))
    there = warp(mean)
    np.testing.assert_array_equal(read_at(grey, there), grey)
    around = tf.constant([[60.0, 70], [131, 70]])
    np.testing.assert_allclose(shown(there, around), 1, rtol=0, atol=PIXEL)


def test_a_point_of_the_mean_face_lies_at_the_point_of_the_face():
    warp, points = learnt()
    there = warp(tf.constant(points)).numpy()
    mean = np.round(warp.mean.numpy()).astype(int)
    inside = ((mean > 0) & (mean < 191)).all(axis=1)
    found = there[:, mean[inside, 1], mean[inside, 0]]
    # The mean point is rounded to a pixel.
    assert np.abs(found - points[:, inside]).mean() < 1


def test_a_mirrored_face_is_warped_to_the_mirror_image():
    warp, points = learnt()
    one = warp(tf.constant(points)).numpy()
    other = warp(tf.constant(mirrored_mesh(points))).numpy()[:, :, ::-1] * (-1, 1) + (191, 0)
    # Delaunay's triangles of a symmetric mesh are not symmetric where four points lie on a circle.
    assert (np.abs(one - other).max(axis=-1) < 0.1).mean() > 0.9


def test_the_narrow_side_of_a_face_is_seen_smaller():
    warp, _ = learnt()
    mean = warp.mean.numpy()
    turned = mean.copy()
    turned[:, 0] = 40 + 151 * (mean[:, 0] / 191) ** 2  # the left side narrow, the right side wide
    sizes = shown(warp(tf.constant(turned[None])), tf.constant([[60.0, 110], [131, 110]])).numpy()[0]
    assert sizes[0] < 0.7
    assert sizes[1] > 1
    folded = mean * (-1, 1) + (191, 0)
    hidden = shown(warp(tf.constant(folded[None], tf.float32)), tf.constant([[60.0, 110]]))
    np.testing.assert_array_equal(hidden, np.float32([[LEAST]]))


def test_reading_is_bilinear_and_repeats_the_border():
    grey = np.random.default_rng(0).integers(0, 255, (2, 192, 192)).astype(np.float32)
    places = np.zeros((2, 192, 192, 2), np.float32)
    places[:, 0, :6] = (3, 5), (3.25, 5), (3, 5.5), (-9, 2), (191, 191), (300, 191)
    read = read_at(tf.constant(grey), tf.constant(places)).numpy().reshape(2, -1)[1]
    one = grey[1]
    expected = [
        one[5, 3],
        np.round(0.75 * one[5, 3] + 0.25 * one[5, 4]),
        np.round((one[5, 3] + one[6, 3]) / 2),
        one[2, 0],
        one[191, 191],
        one[191, 191],
    ]
    np.testing.assert_array_equal(read[:6], np.float32(expected))


def test_other_shapes_and_numbers_that_are_none_are_refused():
    with pytest.raises(
        ValueError, match=rf"points \(n, {N_POINTS}, 2\) of n faces; received shape \(3, 68, 2\)"
    ):
        MeshWarp().learn(np.zeros((3, 68, 2)))
    with pytest.raises(ValueError, match="received shape .*, 0 numbers finite"):
        MeshWarp().learn(np.full((3, N_POINTS, 2), np.nan))


def test_it_comes_back_from_a_file(tmp_path):
    warp, points = learnt()
    model = keras.Sequential([keras.Input((N_POINTS, 2)), warp])
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(points), model(points))
