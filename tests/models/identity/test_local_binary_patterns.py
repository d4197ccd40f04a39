import numpy as np
import pytest
import tensorflow as tf
from skimage.data import astronaut
from skimage.feature import local_binary_pattern

from models.identity.local_binary_patterns import (
    N_CODES,
    TIE,
    circle_kernel,
    histograms,
    mirrored_codes,
    uniform_codes,
    uniform_numbers,
)


def noise(side=40, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)


def codes(picture, radius):
    return uniform_codes(tf.constant(picture[None].astype(np.float32)), radius)[0].numpy()


@pytest.mark.parametrize("radius", [1, 2])
def test_codes_equal_those_of_scikit_image(radius):
    expected = local_binary_pattern(noise(), 8, radius, "nri_uniform")[radius:-radius, radius:-radius]
    np.testing.assert_array_equal(codes(noise(), radius), expected)


@pytest.mark.parametrize("radius", [1, 2])
def test_codes_of_a_photo_equal_those_of_scikit_image_but_for_ties(radius):
    photo = astronaut()[:128, 160:288].mean(axis=2).astype(np.uint8)
    expected = local_binary_pattern(photo, 8, radius, "nri_uniform")[radius:-radius, radius:-radius]
    differences = tf.nn.conv2d(photo[None, ..., None].astype(np.float32), circle_kernel(radius), 1, "VALID")[
        0
    ].numpy()
    clear = (np.abs(differences) > TIE).all(axis=-1)
    assert clear.mean() > 0.5
    np.testing.assert_array_equal(codes(photo, radius)[clear], expected[clear])


def test_equal_neighbours_count_as_light_whatever_rounding_does():
    for grey in (0, 1, 77, 200, 255):
        assert (codes(np.full((9, 9), grey, np.uint8), 2) == N_CODES - 2).all()


def test_a_darker_picture_and_one_of_more_contrast_have_the_same_codes():
    picture = noise() // 2
    np.testing.assert_array_equal(codes(picture, 2), codes(picture + 60, 2))
    np.testing.assert_array_equal(codes(picture, 2), codes(picture * 2, 2))


def test_the_mirror_image_has_mirrored_codes():
    mirrored = mirrored_codes()
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(N_CODES))
    np.testing.assert_array_equal(codes(noise()[:, ::-1], 2)[:, ::-1], mirrored[codes(noise(), 2)])


def test_there_are_58_uniform_patterns_with_a_number_each():
    numbers, counts = np.unique(uniform_numbers(), return_counts=True)
    np.testing.assert_array_equal(numbers, np.arange(N_CODES))
    assert counts[-1] == 256 - 58
    assert (counts[:-1] == 1).all()


def test_histograms_count_each_cell_as_a_loop_does():
    generator = np.random.default_rng(1)
    picture = generator.integers(0, N_CODES, (2, 20, 23)).astype(np.int32)
    corners = np.array([[[0, 0], [15, 12]], [[3, 7], [8, 1]]], np.int32)
    found = histograms(tf.constant(picture), tf.constant(corners), 4, 2).numpy()
    for image, place in np.ndindex(2, 2):
        x, y = corners[image, place]
        for row, column in np.ndindex(2, 2):
            cell = picture[image, y + 4 * row : y + 4 * row + 4, x + 4 * column : x + 4 * column + 4]
            expected = np.bincount(cell.ravel(), minlength=N_CODES)
            np.testing.assert_array_equal(found[image, place, row, column], expected)
