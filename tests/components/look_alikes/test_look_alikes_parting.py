"""The threshold of two people, and its error on other photos of them."""

import dataclasses
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.look_alikes.parting import MOST, error_on, odd_photos, part
from tests.components.look_alikes.drawn_people import people_of


def two(sizes=(9, 7), seed=0, spread=0.9):
    """The rows of two people who look alike."""
    rows, person = people_of(sizes, seed, spread, alike=[(0, 1)])
    return rows[person == 0], rows[person == 1]


@given(st.integers(0, 10**6), st.integers(2, 9), st.integers(2, 9))
@settings(deadline=None, max_examples=25)
def test_neither_the_order_of_photos_nor_that_of_people_changes_anything(seed, a, b):
    one, other = two((a, b), seed)
    generator = np.random.default_rng(seed)
    found = part(one, other, n_replicates=40)
    again = part(generator.permutation(other), generator.permutation(one), n_replicates=40)
    for field in dataclasses.fields(found):
        if field.name != "photos":
            assert str(getattr(found, field.name)) == str(getattr(again, field.name))
    assert again.photos == found.photos[::-1]


@given(st.integers(0, 10**6))
@settings(deadline=None, max_examples=25)
def test_no_other_threshold_does_better_on_the_photos_at_hand(seed):
    one, other = two(seed=seed)
    found = part(one, other, n_replicates=10)
    seen = error_on(found.cut.threshold, one, other)
    assert seen.error == pytest.approx(found.cut.error)
    rows = np.concatenate([one, other]).astype(np.float32)
    for threshold in np.unique(rows @ rows.T):
        assert error_on(float(threshold) + 1e-9, one, other).error >= found.cut.error - 1e-9


def test_the_interval_holds_the_error_on_other_photos():
    held = 0
    for seed in range(40):
        one, other = two((16, 16), seed)
        found = part(one[:8], other[:8])
        error = error_on(found.cut.threshold, one[8:], other[8:]).error
        held += found.low <= error <= found.high
        assert found.low <= found.error <= found.high
        assert found.threshold_low <= found.threshold_high
    assert held >= 33  # of 40 with 95% each, fewer come less often than once in 1,000


def test_people_without_a_difference_are_not_parted():
    rows, _ = people_of([24], spread=0.9)
    found = part(rows[:12], rows[12:])
    assert not found.parts
    assert found.error > 0.3


def test_an_interval_of_few_photos_is_never_empty():
    one, other = two((6, 8), spread=0.05)
    found = part(one, other)
    assert (found.cut.error, found.low) == (0.0, 0.0)
    assert found.high == odd_photos(6) / 12
    assert found.parts


def test_two_faces_of_one_photo_are_no_pair_of_one_person():
    one, other = two((4, 6))
    twice = np.concatenate([one, -one]).astype(np.float32)  # as unlike as can be, in the same photos
    photos = np.tile(np.arange(4), 2), np.arange(6)
    found = part(twice, other, photos)
    assert found.photos == (4, 6)
    pairs = [twice[a] @ twice[b] for a in range(8) for b in range(a + 1, 8) if photos[0][a] != photos[0][b]]
    below = float(np.mean(np.array(pairs) < found.cut.threshold))
    own = [other[a] @ other[b] for a in range(6) for b in range(a + 1, 6)]
    assert found.cut.split == pytest.approx((below + np.mean(np.array(own) < found.cut.threshold)) / 2)


def test_of_many_faces_some_are_compared():
    one, other = two((3 * MOST, 5))
    assert part(one, other, n_replicates=5).photos == (3 * MOST, 5)


def test_with_one_photo_each_there_is_nothing_to_learn_from():
    one, other = two((1, 1))
    with pytest.raises(ValueError, match="pairs of one person"):
        part(one, other)


@given(st.integers(2, 60))
def test_so_many_odd_photos_are_rarely_exceeded(m):
    rates = (np.arange(20000) + 0.5) / 20000
    prior = rates**-0.5 * (1 - rates) ** (m - 0.5)  # of the share of odd photos, where none of m was seen
    k = np.arange(m + 1)[:, None]
    chances = np.array([comb(m, int(i)) for i in k[:, 0]], float)[:, None] * rates**k * (1 - rates) ** (m - k)
    law = (chances * prior).sum(axis=1) / prior.sum()
    more = law[odd_photos(m) + 1 :].sum()
    assert more <= 0.025 + 1e-3
    assert law[odd_photos(m) :].sum() >= 0.025 - 1e-3
