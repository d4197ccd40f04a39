"""The cut without labels: it finds people of unequal sizes, and says what it was chosen by."""

import json

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster

from models.clustering.average_linkage import AverageLinkageClusterer, people_mean
from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import (
    WITHIN_REACH,
    Height,
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
