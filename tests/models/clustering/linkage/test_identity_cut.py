"""The cut of a tree by hand: its law, its gap, its knee, and its evidence."""

import numpy as np
import pytest

from models.clustering.linkage import identity_threshold
from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import (
    BINS,
    TRIED,
    Height,
    before_gap,
    evidence,
    expected,
    identity_height,
    pairs_of_photos,
)
from models.clustering.rows import Rows


def test_a_clear_gap_a_little_before_is_taken():
    heights = np.array([0.2, 0.3, 0.8, 0.82, 0.9])
    within = np.array([0.0, 0.0, 0.05, 0.2, 0.4])
    height, clear = before_gap(heights, within, 4, 0.1)
    assert clear
    assert height == pytest.approx(0.75)
    assert not before_gap(heights, within, 4, 0.6)[1]
    assert not before_gap(heights, within * 0.1, 4, 0.1)[1]  # so far from strangers that it says nothing


def chain(*heights):
    """A tree that joins one more row to the same group at each of the heights."""
    n = len(heights) + 1
    joined = [0, *range(n, 2 * n - 2)]
    return np.array([[joined[i], i + 1, height, i + 2] for i, height in enumerate(heights)], float)


def cut_of(monkeypatch, *heights, centre=0.0, deviation=0.1):
    """The cut of six rows where strangers' cosines are as told."""
    monkeypatch.setattr(identity_threshold, "strangers", lambda unit, generator: (centre, deviation))
    tree = chain(*heights)
    found = identity_height(np.eye(len(tree) + 1), tree)
    return found, int(found.labels(tree).max()) + 1


def test_the_strangers_within_reach_are_those_of_the_law():
    assert expected(0.5, 10, 0.1, 0.2) == pytest.approx(10 * np.exp(-1.2 * 2) / 2)
    np.testing.assert_allclose(expected([1.0, 0.0], np.array([2, 4]), 0.0, 1.0), [1.0, 2 * np.exp(-1.2)])


def test_merges_are_taken_while_the_law_allows_and_the_cut_lies_where_it_ends(monkeypatch):
    """k exp(-12 (1 - h)) / 2 is 0.3 at 1 - ln(k / 0.6) / 12: at .8997, .8659, .8419, .8233, .8081 for 2 to 6."""

    def limit(k):
        return pytest.approx(1 - np.log(k / 0.6) / 12)

    two, groups_left = cut_of(monkeypatch, 0.70, 0.75, 0.80, 0.83, 0.90)
    assert (two.height, groups_left) == (limit(2), 2)
    three, groups_left = cut_of(monkeypatch, 0.70, 0.75, 0.80, 0.87, 0.90)
    assert (three.height, groups_left) == (limit(3), 3)
    none, groups_left = cut_of(monkeypatch, 0.81, 0.82, 0.83, 0.87, 0.90)
    assert (none.height, groups_left) == (limit(6), 6)
    every, groups_left = cut_of(monkeypatch, 0.70, 0.75, 0.80, 0.83, 0.89)
    assert (every.height, groups_left) == (limit(1), 1)
    assert "each of 2 groups has 0.3 strangers within reach by chance." in two.reason
    assert "At 0.100, 1.0 deviations above that" in two.reason
    assert (two.centre, two.deviation) == (0.0, 0.1)
    # The law goes by the distance to the centre.
    shifted, _ = cut_of(monkeypatch, 0.70, 0.75, 0.77, 0.81, 0.85, centre=0.05)
    assert shifted.height == pytest.approx(two.height - 0.05)
    assert "At 0.150, 1.0 deviations above that" in shifted.reason


def test_a_gap_of_a_deviation_before_the_end_is_the_cut(monkeypatch):
    found, groups_left = cut_of(monkeypatch, 0.3, 0.35, 0.8, 0.83, 0.95)
    assert (found.height, groups_left) == (pytest.approx(0.75), 4)
    assert found.reason.endswith("; over more than a deviation below it no two groups are joined.")


def test_where_strangers_tell_nothing_the_knee_is_the_cut_and_no_cosine_below_0_is_joined(monkeypatch):
    low = [0.1, 0.1, 0.1, 0.9, 0.95]
    for centre, deviation in ((0.5, 0.3), (0.0, 0.0)):  # 6 exp(-2) / 2 is more than 0.3; equal rows
        found, groups_left = cut_of(monkeypatch, *low, centre=centre, deviation=deviation)
        assert "knee" in found.reason
        assert (found.height, groups_left) == (0.1, 3)
        assert np.isnan([found.centre, found.deviation]).all()
    assert cut_of(monkeypatch, 1.2, 1.2, 1.2, 1.9, 2.0, deviation=0.0)[0].height == 1.0
    assert cut_of(monkeypatch, *low[:4], np.inf, deviation=0.0)[0].height == 0.1
    asked = []
    monkeypatch.setattr(identity_threshold, "strangers", lambda *_: asked.append(1) or (0.0, 0.0))
    identity_height(np.eye(2), chain(0.4))
    assert not asked  # two rows have no strangers
    identity_height(np.eye(3), chain(0.4, 0.6))
    assert asked


def test_a_gap_counts_from_a_whole_deviation_and_from_a_hundredth_of_a_stranger():
    heights = np.array([0.25, 0.5, 0.625, 0.75])
    within = np.array([0.0, 0.01, 0.2, 0.4])
    assert before_gap(heights, within, 3, 0.25) == (0.375, True)
    assert not before_gap(heights, within - 0.001, 3, 0.25)[1]
    assert before_gap(heights, within, 0, 0.25) == (0.0, False)
    assert before_gap(heights, within, 4, 0.25) == (0.0, False)
    # The first merge that is not taken may end it; one that is never made does not.
    assert before_gap(np.array([0.25, 0.5, 0.875]), np.array([0, 0, 0.5]), 2, 0.25) == (0.75, True)
    assert not before_gap(np.array([0.25, 0.5, np.inf]), np.array([0, 0, 0.5]), 2, 0.3)[1]
    assert before_gap(np.array([0.25, 0.75, np.inf]), np.array([0, 0.2, 0.5]), 2, 0.25) == (0.625, True)


def test_the_evidence_by_hand():
    """Two people of two rows: cosines 1 within and 0 between, joined at 0 and, never, at infinity."""
    x = np.repeat(np.eye(2), 2, axis=0)
    tree = np.array([[0, 1, 0.0, 2], [2, 3, 0.0, 2], [4, 5, np.inf, 4]])
    photos = np.array([7, 7, 8, 7])
    found = evidence(Height(0.5, "given", 0.0, 0.25), Rows(x, photos), tree, 0)
    np.testing.assert_allclose(found.heights, np.linspace(0, 1, TRIED))
    np.testing.assert_array_equal(found.groups, np.full(TRIED, 2))
    np.testing.assert_allclose(found.within_reach, expected(found.heights, 2, 0.0, 0.25))
    np.testing.assert_allclose(found.edges, np.linspace(0, 1, BINS + 1))
    assert found.within[:-1].sum() == 0
    assert found.between[1:].sum() == 0
    # Of pairs of two rows a third is within: 37,500 are drawn, for a quarter are of one row.
    drawn = found.within.sum() + found.between.sum()
    assert drawn == pytest.approx(37_500, abs=5 * np.sqrt(50_000 * 3 / 16))
    assert found.within[-1] / drawn == pytest.approx(1 / 3, abs=5 * np.sqrt(2 / 9 / drawn))
    assert (found.photo_pairs, found.photo_pairs_alike) == (3, 1)
    alike = np.array([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8]])  # no cosine below 0.6
    few = evidence(Height(0.5, "given", 0.0, 0.0), Rows(alike, None), chain(0.2, 0.3), 0)
    assert (few.edges[0], few.edges[-1]) == (0.0, 1.0)
    assert few.within_reach.size == 0
    at_the_cut = evidence(Height(1.0, "given"), Rows(x, photos), tree, 0)
    assert at_the_cut.photo_pairs_alike == 3
    assert evidence(Height(1.5, "given"), Rows(x, None), tree, 0).heights[-1] == 1.5
    assert pairs_of_photos(None).shape == (2, 0)


def test_the_facts_are_plain_values_without_nan():
    tree = chain(0.2, 0.3)
    found = evidence(Height(0.5, "given"), Rows(np.eye(3), None), tree, 0).facts()
    assert (found["height"], found["reason"], found["photo_pairs"]) == (0.5, "given", 0)
    assert (found["centre"], found["deviation"]) == (None, None)
    assert found["heights"] == np.linspace(0.2, 1.0, TRIED).tolist()
    assert found["within_reach"] == []


def test_a_cut_without_a_seed_is_that_of_seed_0():
    x = np.random.default_rng(0).standard_normal((60, 40))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    tree = average_tree(x)
    assert identity_height(x, tree) == identity_height(x, tree, 0) != identity_height(x, tree, 1)
