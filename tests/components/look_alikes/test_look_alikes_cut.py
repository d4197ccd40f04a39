"""The cut between pairs of one person and of two."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.look_alikes.cut import best_cut

SCORES = st.lists(st.integers(-8, 8).map(lambda n: n / 8), min_size=1, max_size=25)


def error_at(threshold, same, different, weights):
    """The error of a cut, written out."""
    split = sum(w for s, w in zip(same, weights, strict=True) if s < threshold) / sum(weights)
    merged = sum(d >= threshold for d in different) / len(different)
    return (split + merged) / 2


@given(SCORES, SCORES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_no_other_cut_is_better(same, different, random):
    weights = [random.choice((1.0, 2.0, 3.0)) for _ in same]
    found = best_cut(np.array(same), np.array(different), np.array(weights))
    values = sorted({*same, *different})
    tried = [*values, values[-1] + 1, *((a + b) / 2 for a, b in itertools.pairwise(values))]
    least = min(error_at(threshold, same, different, weights) for threshold in tried)
    assert found.error == pytest.approx(error_at(found.threshold, same, different, weights), abs=1e-9)
    assert found.error == pytest.approx(least, abs=1e-9)
    assert found.error <= 0.5 + 1e-9


@given(SCORES, SCORES, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_the_pairs_changes_nothing(same, different, random):
    found = best_cut(np.array(same), np.array(different))
    random.shuffle(same)
    random.shuffle(different)
    assert best_cut(np.array(same), np.array(different)).threshold == found.threshold


def test_what_is_apart_is_cut_in_the_middle_of_the_gap():
    found = best_cut(np.array([0.9, 0.8]), np.array([0.2, 0.4]))
    assert (found.threshold, found.error) == (pytest.approx(0.6), 0.0)


def test_two_neighbouring_numbers_are_still_told_apart():
    low = 0.7
    found = best_cut(np.array([np.nextafter(low, 1)]), np.array([low]))
    assert found.error == 0.0
    assert low < found.threshold


@pytest.mark.parametrize(("same", "different"), [([], [0.1]), ([0.1], [])])
def test_pairs_of_both_sorts_are_needed(same, different):
    with pytest.raises(ValueError, match="Expected at least one of each"):
        best_cut(np.array(same), np.array(different))
