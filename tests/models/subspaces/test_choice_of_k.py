"""The choice of K by between over total, on planted clusters: what it does, not what one would wish."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clustering.graphs.njw import njw
from models.subspaces.choice_of_k import SPACES, between_share, choice_of_k
from tests.models.planted import blobs


def apart(m, n=1200, seed=0):
    """Equal clusters so far apart that no row has a neighbour in another."""
    return blobs(m, n=n, d=5, spread=1000.0, seed=seed)[0]


@given(st.integers(1, 30), st.integers(1, 4), st.integers(1, 5), st.integers(0, 10_000))
def test_the_share_is_one_less_what_lies_within(n, d, k, seed):
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(n, d))
    labels = np.unique(generator.integers(k, size=n), return_inverse=True)[1]
    within = sum(
        np.square(rows[labels == label] - rows[labels == label].mean(axis=0)).sum() for label in set(labels)
    )
    total = np.square(rows - rows.mean(axis=0)).sum()
    share = between_share(rows, labels)
    assert share == pytest.approx(1 - within / total if total > 0 else 0, abs=1e-9)
    assert 0 <= share <= 1


def test_the_share_by_hand():
    """Of 0, 2, 6, 8 the mean is 4, the total 16 + 4 + 4 + 16 = 40, the means 1 and 7: 4 * 9 = 36 between."""
    rows = np.array([[0.0], [2], [6], [8]])
    assert between_share(rows, np.array([0, 0, 1, 1])) == pytest.approx(0.9)
    assert between_share(rows, np.zeros(4, int)) == 0
    assert between_share(rows, np.arange(4)) == 1
    assert between_share(np.ones((3, 2)), np.array([0, 1, 1])) == 0


@pytest.mark.parametrize("m", [2, 4, 9])
@pytest.mark.parametrize("seed", range(2))
def test_clusters_apart_are_counted_among_the_unit_rows(m, seed):
    """At k = m every cluster's unit rows are one point: the share is 1, and below 1 at any other number."""
    found = choice_of_k(apart(m, seed=seed), "eigenvectors", n_subsamples=4)
    assert found.n_clusters == m
    mean = found.ratios.mean(axis=1)
    assert mean[found.numbers.index(m)] == pytest.approx(1)
    assert (np.delete(mean, found.numbers.index(m)) < 0.999).all()


@pytest.mark.parametrize("m", [2, 4, 9])
def test_in_the_subspace_the_largest_number_wins_even_so(m):
    found = choice_of_k(apart(m), "subspace", n_subsamples=4)
    assert found.n_clusters == found.numbers[-1] == 15
    mean = found.ratios.mean(axis=1)
    assert (np.diff(mean[: found.numbers.index(m) + 1]) > 0).all()  # it rises up to the planted number
    assert (mean[found.numbers.index(m) :] > 0.999).all()  # and has nothing left to gain, but gains it


def test_clusters_that_touch_are_missed_by_both():
    """Five round clusters in three dimensions, two pairs of which overlap."""
    x, _ = blobs(5, n=1500, d=3, spread=1.0, seed=0)
    among = {space: choice_of_k(x, space, n_subsamples=4) for space in SPACES}
    assert among["subspace"].n_clusters == 15
    assert among["eigenvectors"].n_clusters < 5
    assert among["eigenvectors"].ratios.max() < 1


def test_one_cluster_is_never_the_answer():
    x = np.random.default_rng(0).normal(size=(600, 4))
    assert choice_of_k(x, "eigenvectors", n_subsamples=3).n_clusters >= 2
    assert choice_of_k(x, "subspace", n_subsamples=3).n_clusters == 15


def test_all_rows_are_one_subsample_where_there_are_few():
    x = apart(4, n=300)
    found = choice_of_k(x, "eigenvectors", subsample_rows=500)
    assert found.ratios.shape == (14, 1)
    assert found.n_clusters == 4
    groups = njw(x, 4)
    assert found.ratios[found.numbers.index(4), 0] == pytest.approx(between_share(groups.rows, groups.labels))


@pytest.mark.parametrize("space", SPACES)
def test_shapes_numbers_and_seeds(space):
    x = apart(3)
    first, second = (choice_of_k(x, space, (5, 3, 2, 3, 900), 3, 200, 7) for _ in range(2))
    assert first.numbers == (2, 3, 5)
    assert first.ratios.shape == (3, 3)
    np.testing.assert_array_equal(first.ratios, second.ratios)
    assert ((first.ratios >= 0) & (first.ratios <= 1)).all()
    other = choice_of_k(x, space, (2, 5), 3, 200, 8)
    assert (other.ratios != first.ratios[[0, 2]]).any()


def test_fewer_rows_than_the_largest_number():
    assert choice_of_k(np.arange(6.0)[:, None], "subspace").numbers == (2, 3, 4, 5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"space": "pixels"}, "Unknown space 'pixels'. Expected one of: subspace, eigenvectors"),
        ({"n_subsamples": 0}, "at least one subsample"),
        ({"numbers": (1, 40)}, r"from 2 and below its 30 rows; received 10 and \[1, 40\]"),
    ],
)
def test_what_cannot_be_is_an_error(options, words):
    with pytest.raises(ValueError, match=words):
        choice_of_k(np.random.default_rng(0).normal(size=(30, 2)), **options)
