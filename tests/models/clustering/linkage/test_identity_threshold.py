"""The cut without labels: it finds people of unequal sizes, and says what it was chosen by."""

import json

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster

from models.clustering.average_linkage import AverageLinkageClusterer, people_mean
from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage import identity_threshold
from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import (
    BINS,
    TRIED,
    WITHIN_REACH,
    Height,
    before_gap,
    evidence,
    expected,
    identity_height,
    pairs_of_photos,
)
from models.clustering.rows import Rows
from tests.models.planted import groups


def with_look_alikes(sizes, noise):
    """Planted people of whom some look alike: their strangers have more than a Gaussian tail."""
    x, truth = groups(sizes, d=256, noise=noise, seed=3)
    kinds, _ = groups([1] * 20, d=256, seed=4)
    share = np.random.default_rng(5).beta(0.6, 3, size=(len(sizes), 1))
    kind = np.random.default_rng(6).integers(20, size=len(sizes))
    x = x + (share * kinds[kind])[truth]
    return x / np.linalg.norm(x, axis=1, keepdims=True), truth


UNEQUAL = [40, 25, 15, 10, *[6] * 20, *[3] * 30, *[1] * 80]


def pairwise_f(labels, truth):
    same, planted = labels[:, None] == labels, truth[:, None] == truth
    np.fill_diagonal(same, False)
    np.fill_diagonal(planted, False)
    return 2 * (same & planted).sum() / (same.sum() + planted.sum())


@pytest.mark.parametrize("noise", [0.8, 1.4])
def test_the_number_of_people_is_nearly_found(noise):
    x, truth = groups(UNEQUAL, d=256, noise=noise)
    found = AverageLinkageClusterer(None, 0).fit(x.astype(np.float64))
    assert found.labels_.max() + 1 == pytest.approx(len(UNEQUAL), rel=0.1)
    assert pairwise_f(found.labels_, truth) > 0.95


@pytest.mark.parametrize("sizes", [UNEQUAL, [12] * 25, [90, *[4] * 60], [2] * 150])
@pytest.mark.parametrize("noise", [0.8, 1.1, 1.4])
def test_little_is_lost_to_the_best_cut_that_labels_know(sizes, noise):
    x, truth = with_look_alikes(sizes, noise)
    found = AverageLinkageClusterer(None, 0).fit(x.astype(np.float64))
    tree = average_tree(x)
    best = max(pairwise_f(fcluster(tree, h, "distance"), truth) for h in np.linspace(0.3, 1, 60))
    assert pairwise_f(found.labels_, truth) > best - 0.05


@pytest.mark.parametrize("rows", [90, 200])
def test_a_person_with_half_of_all_photos_hides_nobody(rows):
    """About the plain mean, which that person draws, all others look alike."""
    x, truth = with_look_alikes([rows, *[4] * 50], 0.8)
    assert pairwise_f(AverageLinkageClusterer(None, 0).fit(x.astype(np.float64)).labels_, truth) > 0.99


def test_the_mean_of_people_counts_each_once():
    x, truth = groups([90, *[4] * 60], d=256, noise=0.5)
    each = np.stack([x[truth == j].mean(axis=0) for j in range(61)]).mean(axis=0)
    shift = np.linalg.norm(x.mean(axis=0) - each)
    assert np.linalg.norm(people_mean(x.astype(np.float64)) - each) < 0.2 * shift


def test_strangers_are_left_apart():
    x, _ = groups([1] * 400)
    assert AverageLinkageClusterer(None, 0).fit(x.astype(np.float64)).labels_.max() + 1 > 390


def test_one_single_person_cannot_be_told_from_strangers():
    """Documented, not wished for: about their own mean the photos of one person have nothing in common."""
    x, _ = groups([200], noise=0.5)
    assert AverageLinkageClusterer(None, 0).fit(x.astype(np.float64)).labels_.max() + 1 > 100


def test_the_order_of_the_rows_changes_nothing():
    x, truth = groups(UNEQUAL, noise=1.0)
    order = np.random.default_rng(1).permutation(len(x))
    first = AverageLinkageClusterer(None, 0).fit(x.astype(np.float64)).labels_
    second = AverageLinkageClusterer(None, 0).fit(x[order].astype(np.float64)).labels_
    assert pairwise_f(second, first[order]) > 0.99


def test_a_larger_library_is_cut_more_strictly():
    heights = []
    for copies in (1, 6):
        x, _ = groups([3] * 50 * copies, noise=1.0)
        heights.append(identity_height(x, average_tree(x)).height)
    assert heights[1] < heights[0]


def test_at_the_cut_strangers_are_within_reach_as_was_said():
    x, _ = groups(UNEQUAL, noise=2.0)
    tree = average_tree(x)
    found = identity_height(x, tree)
    k = found.labels(tree).max() + 1
    assert expected(found.height, k, found.centre, found.deviation) <= WITHIN_REACH * 1.001


def test_a_clear_gap_a_little_before_is_taken():
    heights = np.array([0.2, 0.3, 0.8, 0.82, 0.9])
    within = np.array([0.0, 0.0, 0.05, 0.2, 0.4])
    height, clear = before_gap(heights, within, 4, 0.1)
    assert clear
    assert height == pytest.approx(0.75)
    assert not before_gap(heights, within, 4, 0.6)[1]
    assert not before_gap(heights, within * 0.1, 4, 0.1)[1]  # so far from strangers that it says nothing


def test_few_rows_and_few_dimensions_fall_back_to_the_knee():
    x, truth = groups([20, 20, 20], d=3, noise=0.05)
    found = AverageLinkageClusterer(None, 0).fit(x.astype(np.float64))
    assert "knee" in found.threshold_.reason
    assert found.labels_.max() + 1 == 3
    assert AverageLinkageClusterer(None, 0).fit(np.eye(2)).labels_.tolist() == [0, 1]


def test_photos_keep_apart_and_are_counted():
    x, truth = groups([2] * 60, noise=0.5)
    photo = truth.copy()  # each person twice in one photo: a twin, a mirror
    found = AverageLinkageClusterer(None, 0).fit(x.astype(np.float64), groups=photo)
    assert pairwise_f(found.labels_, truth) == 0
    assert found.threshold_.photo_pairs == 60
    assert found.threshold_.photo_pairs_alike == 60
    np.testing.assert_array_equal(np.sort(pairs_of_photos(np.array([5, 7, 5, 5]))), [[0, 0, 2], [2, 3, 3]])


def test_a_height_that_is_given_is_the_cut():
    x, _ = groups(UNEQUAL, noise=1.0)
    found = CLUSTERERS["average_linkage"].build(None, 0, distance_threshold=0.6).fit(x)
    assert found.threshold_.height == 0.6
    assert found.rule_.reach == 0.6
    assert CLUSTERERS["average_linkage"].build(7, 0).fit(x).n_clusters_ == 7


def test_the_evidence_is_plain_values_and_adds_up():
    x, _ = groups(UNEQUAL, noise=1.0)
    tree = average_tree(x)
    found = evidence(identity_height(x, tree), Rows(x, None), tree, 0).facts()
    json.dumps(found, allow_nan=False)
    assert sum(found["within"]) + sum(found["between"]) > 49_000
    assert (np.diff(found["groups"]) <= 0).all()
    assert (np.diff(found["heights"]) > 0).all()
    alone = evidence(Height(0.5, "given"), Rows(x, None), tree, 0).facts()
    json.dumps(alone, allow_nan=False)
    assert alone["centre"] is None
    assert alone["within_reach"] == []


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
    at_the_cut = evidence(Height(1.0, "given"), Rows(x, photos), tree, 0)
    assert at_the_cut.photo_pairs_alike == 3
    assert evidence(Height(1.5, "given"), Rows(x, None), tree, 0).heights[-1] == 1.5
    assert pairs_of_photos(None).shape == (2, 0)
