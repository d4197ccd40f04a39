"""Filters of pieces of faces, and what their bits say of a face and of its mirror image."""

import numpy as np
import pytest
import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.learnt_filters import (
    CELLS,
    CODES,
    FILTERS,
    LARGEST,
    PARTS,
    SIDE,
    face_filters,
    filter_codes,
    independent,
    learn_filters,
    whole,
)
from models.identity.registered_patches import scaled_chips
from tests.bounds import of_sum
from tests.models.identity.places import fixed_places


def pictures(n=6, seed=0):
    generator = np.random.default_rng(seed)
    coarse = tf.image.resize(generator.random((n, 40, 40, 1), np.float32), (192, 192), "bicubic")[..., 0]
    return np.clip(255 * coarse.numpy(), 0, 255).astype(np.uint8)


def test_filters_have_no_mean_and_their_answers_are_white():
    grey = pictures()
    filters = learn_filters(grey, 0)
    assert filters.shape == (FILTERS, SIDE, SIDE)
    assert filters.dtype == np.float32
    np.testing.assert_array_equal(filters, np.round(filters))
    assert np.abs(filters).max() <= LARGEST
    assert (filters.sum(axis=(1, 2)) == 0).all()
    np.testing.assert_array_equal(filters, learn_filters(grey, 0))
    gram = filters.reshape(FILTERS, -1) @ filters.reshape(FILTERS, -1).T
    assert np.linalg.matrix_rank(gram) == FILTERS


def test_independent_finds_the_sources_of_a_mixture():
    """Four sources of uniform laws, turned: each is found again up to its sign and place."""
    generator = np.random.default_rng(0)
    sources = generator.uniform(-np.sqrt(3), np.sqrt(3), (20_000, 4))
    turned = sources @ np.linalg.qr(generator.standard_normal((4, 4)))[0]
    found = turned @ independent(turned, generator)
    alike = np.abs(sources.T @ found) / len(sources)
    # Angles are known to some 1 / sqrt(20,000) = 0.007 each, and a cosine is off by half their squares; the
    # mean of a source's squares is off by 0.9 / sqrt(20,000) = 0.006. Six times that.
    assert (alike.max(axis=0) > 0.96).all()
    assert sorted(alike.argmax(axis=0)) == [0, 1, 2, 3]


def test_chips_without_any_contrast_still_give_finite_filters():
    assert np.isfinite(learn_filters(np.full((8, 192, 192), 90, np.uint8), 0)).all()


def test_filters_become_whole_numbers_near_them_whose_sum_is_0():
    filters = np.random.default_rng(0).standard_normal((20, SIDE**2))
    found = whole(filters)
    assert (found.sum(axis=1) == 0).all()
    centred = filters - filters.mean(axis=1, keepdims=True)
    scale = (LARGEST - 1) / np.abs(centred).max(axis=1, keepdims=True)
    # Half is lost by rounding, and no more than 1 by making the sum 0.
    assert np.abs(found - centred * scale).max() <= 1.5
    assert np.abs(found).max() <= LARGEST


def test_a_picture_has_the_same_codes_alone_and_among_others_and_none_where_it_is_flat():
    grey = pictures(5).astype(np.float32)
    grey[:, :40] = 77
    filters = tf.constant(learn_filters(pictures(), 0))
    scaled = scaled_chips(tf.constant(grey), 0.55)
    every = filter_codes(scaled, filters).numpy()
    for one in range(5):
        np.testing.assert_array_equal(filter_codes(scaled[one : one + 1], filters), every[one : one + 1])
    kernel = filters.numpy().astype(np.int64).reshape(FILTERS, -1)
    parts = np.round(scaled.numpy() * PARTS).astype(np.int64)
    pieces = np.lib.stride_tricks.sliding_window_view(parts, (SIDE, SIDE), axis=(1, 2)).reshape(
        *every.shape[:3], -1
    )
    exact = ((pieces @ kernel.T > 0) * 2 ** np.arange(FILTERS)).sum(axis=-1)
    np.testing.assert_array_equal(every[..., 0], exact)
    assert (filter_codes(tf.fill((1, 20, 20), 77.3), filters).numpy() == 0).all()


def test_a_code_has_a_bit_for_each_filter_whose_answer_is_above_0():
    generator = np.random.default_rng(0)
    grey = generator.integers(256, size=(1, SIDE, SIDE + 1))
    filters = whole(generator.standard_normal((FILTERS, SIDE**2))).reshape(FILTERS, SIDE, SIDE)
    found = filter_codes(tf.constant(grey, tf.float32), tf.constant(filters, tf.float32)).numpy()
    assert found.shape == (1, 1, 2, 2)
    for column in (0, 1):
        piece = grey[0, :, column : column + SIDE]
        for side, seen in enumerate((piece, piece[:, ::-1])):
            bits = (filters * seen).sum(axis=(1, 2)) > 0
            assert found[0, 0, column, side] == (bits * 2 ** np.arange(FILTERS)).sum()


@pytest.mark.parametrize("own", [1.0, 0.0])
def test_the_mirror_image_has_the_same_codes_in_mirrored_places(own):
    grey = pictures(2).astype(np.float32)
    drawn = whole(np.random.default_rng(1).standard_normal((FILTERS, SIDE**2)))
    filters = tf.constant(drawn.reshape(FILTERS, SIDE, SIDE))
    where = np.repeat(fixed_places()[None], 2, axis=0)
    where[..., 1] += 0.25  # off the ties of rounding
    mirrored = (where[:, MIRRORED] * (-1, 1) + (191, 0)).astype(np.float32)
    shares = tf.fill((2, DISTINCT), own)
    one = face_filters(tf.constant(grey), tf.constant(where, tf.float32), shares, filters, 1.0).numpy()
    other = face_filters(
        tf.constant(grey[:, :, ::-1].copy()), tf.constant(mirrored), 1 - shares, filters, 1.0
    ).numpy()
    assert one.shape == (2, DISTINCT, CELLS * CELLS * CODES)
    # Shares of a cell's pixels add up to 1.
    total = np.square(one).reshape(2, DISTINCT, CELLS**2, CODES).sum(axis=-1)
    np.testing.assert_allclose(total, 1, rtol=0, atol=of_sum(CODES))
    np.testing.assert_array_equal(one, other)
