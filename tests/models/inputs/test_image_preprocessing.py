"""Small pictures as a network reads them: exact at their own size, whole at another, grey if asked for."""

import numpy as np
import pytest
import tensorflow as tf

from components.ingest.pictures.made import png_of
from models.inputs.image_preprocessing import images_from_pictures, preprocessing_fn

GREY = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (28, 28, 3), np.uint8)


def read(*pictures, side=28, channels=1):
    return images_from_pictures(tf.constant([png_of(one) for one in pictures]), side, channels).numpy()


def test_a_grey_picture_of_the_right_size_comes_back_exactly():
    np.testing.assert_array_equal(read(GREY)[0, ..., 0], GREY.astype(np.float32) / np.float32(255))


def test_colours_come_back_exactly_and_grey_has_them_three_times():
    found = read(COLOURS, GREY, channels=3)
    np.testing.assert_array_equal(found[0], COLOURS.astype(np.float32) / np.float32(255))
    np.testing.assert_array_equal(
        found[1], np.repeat(GREY[..., None], 3, 2).astype(np.float32) / np.float32(255)
    )


def test_of_a_coloured_picture_the_luma_is_read():
    luma = COLOURS.astype(float) @ [0.299, 0.587, 0.114]  # ITU-R BT.601, as PNG's and JPEG's readers take it
    found = read(COLOURS)[0, ..., 0] * 255
    np.testing.assert_allclose(found, luma, rtol=0, atol=1.5)  # rounded twice at most, each by a level


@pytest.mark.parametrize("side", [14, 16, 32])
def test_another_size_is_scaled_as_a_whole_and_keeps_an_even_level(side):
    even = np.full((28, 28), 77, np.uint8)
    assert read(even, side=side).shape == (1, side, side, 1)
    np.testing.assert_allclose(read(even, side=side), 77 / 255, rtol=0, atol=1e-5)


def test_what_is_not_square_is_centred_on_black():
    found = read(np.full((10, 20), 255, np.uint8), side=20)[0, ..., 0]
    np.testing.assert_allclose(found[5:15], 1.0, rtol=0, atol=1e-5)
    assert not found[:5].any()
    assert not found[15:].any()


def test_pictures_of_several_sizes_are_one_batch_and_none_is_an_empty_one():
    assert read(GREY, GREY[:9, :9], np.zeros((40, 30), np.uint8)).shape == (3, 28, 28, 1)
    assert images_from_pictures(tf.zeros((0,), tf.string), 28, 1).shape == (0, 28, 28, 1)


def test_transform_gets_the_same_pictures_and_no_label():
    inputs = {"chip": tf.constant([[png_of(GREY)]]), "label": tf.constant([["7"]])}
    found = preprocessing_fn(inputs, {"image_size": 28, "channels": 1})
    assert list(found) == ["image"]
    np.testing.assert_array_equal(found["image"], read(GREY))


def test_bytes_that_are_no_picture_are_refused():
    with pytest.raises(tf.errors.InvalidArgumentError):
        images_from_pictures(tf.constant([b"no picture"]), 28, 1)
