"""One grouping of several runs: votes by hand, rows that runs leave out, and any clusterer."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.metrics import adjusted_rand_score

from models.clustering.clusterers import CLUSTERERS
from models.clustering.rules.assignment import rule_from
from models.subspaces.several_runs import SeveralRuns, agreement_with, consensus_with_noise, median_number
from models.subspaces.wmetac import wmetac
from tests.models.planted import blobs


class Told(BaseEstimator):
    """A clusterer that moves one row, drawn by its seed, to the other of two known groups."""

    def __init__(self, truth=None, random_state=None):
        self.truth = truth
        self.random_state = random_state

    def fit(self, x, y=None, groups=None):
        self.labels_ = np.array(self.truth)
        self.labels_[np.random.default_rng(self.random_state).integers(len(x))] ^= 1
        return self


def columns(*runs):
    return np.array(runs).T


def test_the_dissenter_is_outvoted():
    runs = columns([0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [0, 0, 1, 1, 1, 1])
    labels = consensus_with_noise(runs, 2)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(agreement_with(labels, runs), [1, 1, 2 / 3, 1, 1, 1])


def test_a_row_is_left_out_where_more_runs_leave_it_out_than_vote_for_its_group():
    runs = columns([0, 0, 0, 1, 1, 1, -1], [0, 0, -1, 1, 1, -1, -1], [0, 0, 0, 1, 1, -1, -1])
    labels = consensus_with_noise(runs, 2)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1, -1, -1])
    np.testing.assert_allclose(agreement_with(labels, runs), [1, 1, 2 / 3, 1, 1, 2 / 3, 1])


def test_as_many_votes_for_a_group_as_for_none_keep_the_row():
    runs = columns([0, 0, 0, 1, 1, 1], [0, 0, -1, 1, 1, 1])
    labels = consensus_with_noise(runs, 2)
    np.testing.assert_array_equal(labels, [0, 0, 0, 1, 1, 1])
    np.testing.assert_allclose(agreement_with(labels, runs), [1, 1, 1 / 2, 1, 1, 1])


def test_a_group_whose_rows_are_all_left_out_leaves_no_gap():
    one, two = [0, 1, 1, 1, 2, 2], [-1, 0, 0, 0, 1, 1]
    labels = consensus_with_noise(columns(one, two, two), 3)
    np.testing.assert_array_equal(labels, [-1, 0, 0, 0, 1, 1])


def test_runs_that_find_nothing_give_nothing():
    runs = np.full((4, 3), -1)
    labels = consensus_with_noise(runs, None)
    np.testing.assert_array_equal(labels, [-1] * 4)
    np.testing.assert_array_equal(agreement_with(labels, runs), [1] * 4)


def test_more_clusters_than_the_runs_have_are_as_many_as_there_are():
    np.testing.assert_array_equal(consensus_with_noise(columns([0, 0, 0], [0, 0, 0]), 5), [0, 0, 0])


def test_a_run_agrees_on_a_row_by_where_most_of_its_cluster_is():
    labels = np.array([0, 0, 0, 1, 1, -1])
    whole, halves, joined = [0, 0, 0, 0, 0, 0], [2, 2, 1, 0, 0, -1], [-1, 0, 0, 0, 1, 1]
    # Most of the one cluster is group 0. Of [4, 5] as many are in group 1 as in none: the first is group 1.
    expected = {
        "whole": [1, 1, 1, 0, 0, 0],
        "halves": [1, 1, 1, 1, 1, 1],
        "joined": [0, 1, 1, 0, 1, 0],
    }
    for run, found in zip((whole, halves, joined), expected.values(), strict=True):
        np.testing.assert_array_equal(agreement_with(labels, columns(run)), found)
    mean = np.mean(list(expected.values()), axis=0)
    np.testing.assert_allclose(agreement_with(labels, columns(whole, halves, joined)), mean)


@pytest.mark.parametrize(
    ("numbers", "expected"), [((4, 4, 4), 4), ((9, 3, 4), 4), ((9, 3, 5, 4), 4), ((0, 0, 2), 1), ((0, 7), 1)]
)
def test_the_number_is_the_median_of_the_runs_numbers(numbers, expected):
    assert median_number(columns(*(np.arange(20) % k if k else np.full(20, -1) for k in numbers))) == expected


def test_equal_runs_are_their_own_consensus_which_the_silhouette_would_not_find():
    run = np.arange(200) // 20
    np.testing.assert_array_equal(consensus_with_noise(columns(run, run, run), None), run)
    # Two pairs of the ten groups may be joined before half of the clusters are no longer as good as can be.
    assert wmetac(columns(run, run, run), None).n_clusters < 10


def test_every_run_has_its_own_seed_and_the_consensus_corrects_them():
    truth = np.arange(40) % 2
    x = np.random.default_rng(0).normal(size=(40, 3))
    fitted = SeveralRuns(Told(truth), 7, 2, 5).fit(x)
    assert len(set(fitted.seeds_.tolist())) == 7
    wrong = (fitted.partitions_ != truth[:, None]).sum(axis=0)
    np.testing.assert_array_equal(wrong, [1] * 7)
    moved = {int(np.flatnonzero(run != truth)[0]) for run in fitted.partitions_.T}
    assert len(moved) > 1
    np.testing.assert_array_equal(fitted.labels_, truth)  # no row is moved by four of seven runs
    assert set(np.flatnonzero(fitted.agreement_ < 1).tolist()) == moved


def test_the_same_seed_gives_the_same_runs_and_a_clone_is_unfitted():
    x, _ = blobs()
    one = SeveralRuns(CLUSTERERS["spectral"].build(4, 0), 3, 4, 9)
    seeds = one.fit(x).seeds_
    again = clone(one)
    assert not hasattr(again, "labels_")
    np.testing.assert_array_equal(again.fit(x).seeds_, seeds)
    np.testing.assert_array_equal(again.labels_, one.labels_)


NOT_OF_BLOBS = ("people", "average_linkage", "csc", "infomap", "softmax")  # other rows, or an extra


@pytest.mark.parametrize("name", [name for name in CLUSTERERS if name not in NOT_OF_BLOBS])
def test_any_clusterer_may_be_run_several_times(name):
    x, truth = blobs()
    entry = CLUSTERERS[name]
    asked = 4 if entry.takes_number else None
    options = dict(next(iter(entry.variants.values())))
    fitted = SeveralRuns(entry.build(asked, 0, **options), 3, asked, 0).fit(x)
    assert fitted.partitions_.shape == (len(x), 3)
    single = entry.build(asked, int(fitted.seeds_[0]), **options).fit(x)
    np.testing.assert_array_equal(fitted.partitions_[:, 0], single.labels_)
    if (fitted.partitions_ == fitted.partitions_[:, :1]).all():
        assert adjusted_rand_score(single.labels_, fitted.labels_) == 1
    np.testing.assert_array_equal(fitted.predict(x), fitted.labels_)
    assert ((fitted.confidence_ == 0) == (fitted.labels_ < 0)).all()
    assert adjusted_rand_score(truth, fitted.labels_) > 0.5


def test_rows_apart_stay_noise_and_so_do_new_ones_there():
    x, _ = blobs(n_clusters=2, n=80)
    x = np.concatenate([x, [[500.0, 500, 500], [-500, 500, 500]]]).astype(np.float64)
    fitted = SeveralRuns(CLUSTERERS["dbscan"].build(None, 0), 3, None, 0).fit(x)
    np.testing.assert_array_equal(fitted.labels_[-2:], [-1, -1])
    np.testing.assert_array_equal(fitted.predict(x[-2:] + 0.01), [-1, -1])
    assert fitted.n_clusters_ == fitted.labels_.max() + 1


def test_the_rule_survives_a_file_and_says_the_same():
    x, _ = blobs()
    fitted = SeveralRuns(CLUSTERERS["kmeans"].build(4, 0), 3, 4, 0).fit(x)
    again = rule_from(fitted.rule_.arrays())
    assert again.density is None
    np.testing.assert_array_equal(again.assign(x).cluster, fitted.labels_)


def test_one_run_is_no_consensus():
    with pytest.raises(ValueError, match="at least 2 runs, received n_runs=1"):
        SeveralRuns(CLUSTERERS["kmeans"].build(2, 0), 1, 2, 0).fit(blobs()[0])
