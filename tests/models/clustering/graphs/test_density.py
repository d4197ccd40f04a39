"""HDBSCAN and DBSCAN over nearest neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.metrics import adjusted_rand_score

from models.clustering.graphs import density
from models.clustering.graphs.neighbour_graph import neighbours
from tests.bounds import of_sum
from tests.models.planted import family_sizes, groups


def blobs(seed, n=120, d=3):
    generator = np.random.default_rng(seed)
    centres = generator.normal(size=(4, d)) * 3
    x = centres[generator.integers(4, size=n)] + generator.normal(size=(n, d)) * 0.5
    return x.astype(np.float32)


def with_noise_as_singles(labels):
    return np.where(labels < 0, len(labels) + np.arange(len(labels)), labels)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 12), st.sampled_from(["eom", "leaf"]), st.booleans())
def test_with_every_neighbour_it_is_scikit_learns(seed, min_cluster_size, method, single):
    # min_samples 1: no two distances are equal. Where some are, which of two equal merges comes first is open.
    x = blobs(seed)
    options = {"cluster_selection_method": method, "allow_single_cluster": single}
    labels, probabilities = density.hdbscan_clusters(x, min_cluster_size, 1, len(x) - 1, **options)
    theirs = HDBSCAN(min_cluster_size, min_samples=1, **options).fit(x.astype(np.float64))
    np.testing.assert_array_equal(labels < 0, theirs.labels_ < 0)
    assert adjusted_rand_score(theirs.labels_, labels) == 1.0
    np.testing.assert_allclose(probabilities, theirs.probabilities_, rtol=0, atol=of_sum(3))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 12))
def test_with_every_neighbour_the_tree_is_the_smallest(seed, min_samples):
    x = blobs(seed)
    every = cdist(x, x)
    core = np.sort(every, axis=1)[:, min_samples - 1]
    every = np.maximum(every, np.maximum(core[:, None], core))
    true = np.sort(minimum_spanning_tree(np.triu(every, 1)).data)
    low, high, weight = density.reachability_tree(x, *neighbours(x, len(x) - 1), min_samples)
    np.testing.assert_allclose(np.sort(weight), true, rtol=of_sum(3))
    np.testing.assert_allclose(every[low, high], weight, rtol=of_sum(3))


@pytest.mark.parametrize(("min_cluster_size", "min_samples"), [(5, 5), (10, 3), (4, 8)])
def test_groups_are_scikit_learns_with_min_samples(min_cluster_size, min_samples):
    x = blobs(3, 200)
    labels, _ = density.hdbscan_clusters(x, min_cluster_size, min_samples, len(x) - 1)
    theirs = HDBSCAN(min_cluster_size, min_samples=min_samples).fit(x.astype(np.float64)).labels_
    np.testing.assert_array_equal(labels < 0, theirs < 0)
    assert adjusted_rand_score(theirs, labels) == 1.0


def test_min_samples_is_min_cluster_size_unless_given():
    x = blobs(1)
    theirs = HDBSCAN(6).fit(x.astype(np.float64)).labels_
    assert adjusted_rand_score(theirs, density.hdbscan_clusters(x, 6, n_neighbors=119)[0]) == 1.0


def test_small_groups_singles_and_a_large_one():
    x, truth = groups(family_sizes())
    labels, probabilities = density.hdbscan_clusters(x)
    assert adjusted_rand_score(truth, with_noise_as_singles(labels)) > 0.99
    assert (probabilities[labels < 0] == 0).all()
    assert (probabilities >= 0).all()
    assert (probabilities <= 1).all()
    np.testing.assert_array_equal(labels, density.hdbscan_clusters(x, found=neighbours(x, 16))[0])


def test_groups_apart_are_joined_into_one_tree():
    x, truth = groups([40] * 12, noise=0.3)
    distances, indices = neighbours(x, 5)
    assert (truth[indices] == truth[:, None]).all()  # twelve parts, that no edge joins
    low, high, weight = density.reachability_tree(x, distances, indices, 3)
    assert len(low) == len(x) - 1
    assert np.isfinite(weight).all()
    full = neighbours(x, len(x) - 1)
    true = density.reachability_tree(x, *full, 3)[2]
    assert (np.sort(weight) >= np.sort(true) * (1 - of_sum(x.shape[1]))).all()
    labels, _ = density.hdbscan_clusters(x, 5, 3, 5)
    assert adjusted_rand_score(truth, labels) == 1.0


def test_joining_reaches_every_part(monkeypatch):
    monkeypatch.setattr(density, "JOIN_ROWS", 4)
    monkeypatch.setattr(density, "JOIN_NEIGHBOURS", 1)
    x, truth = groups([9] * 30)
    low, high, weight = density.joining_edges(x, truth, np.zeros(len(x)))
    assert len(low) == 29
    assert (truth[low] != truth[high]).all()
    np.testing.assert_allclose(weight, np.linalg.norm(x[low] - x[high], axis=1), rtol=of_sum(x.shape[1]))
    assert (density._parts((truth[low], truth[high], weight), 30) == 0).all()


def test_few_and_equal_rows():
    for n in (1, 2, 3):
        labels, probabilities = density.hdbscan_clusters(np.eye(3)[:n], 4)
        assert (labels == -1).all()
        assert (probabilities == 0).all()
    labels, probabilities = density.hdbscan_clusters(np.ones((30, 4)), 5)
    assert not labels.any()
    assert (probabilities == 1).all()
    np.testing.assert_array_equal(density.hdbscan_clusters(np.ones((2, 4)), 2)[0], [0, 0])
    x = np.repeat(np.eye(3), 20, axis=0)
    np.testing.assert_array_equal(density.hdbscan_clusters(x, 5)[0], np.repeat(np.arange(3), 20))


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 10), st.floats(0.05, 1.5))
def test_dbscan_with_every_neighbour_is_scikit_learns(seed, min_samples, eps):
    x = blobs(seed)
    labels = density.dbscan_clusters(*neighbours(x, len(x) - 1), eps, min_samples)
    theirs = DBSCAN(eps=eps, min_samples=min_samples).fit(x)
    core = theirs.core_sample_indices_
    np.testing.assert_array_equal(labels < 0, theirs.labels_ < 0)
    if len(core):
        assert adjusted_rand_score(theirs.labels_[core], labels[core]) == 1.0
    border = np.setdiff1d(np.flatnonzero(labels >= 0), core)
    for row in border:  # which of several clusters a border row is given to is open; ours is the nearest
        nearest = core[cdist(x[row : row + 1], x[core])[0].argmin()]
        assert labels[row] == labels[nearest]


def test_wrong_arguments():
    x = np.random.default_rng(0).normal(size=(20, 3))
    distances, indices = neighbours(x, 4)
    with pytest.raises(ValueError, match="received 1 and 1"):
        density.hdbscan_clusters(x, 1)
    with pytest.raises(ValueError, match="20 of 20 rows hold NaN"):
        density.hdbscan_clusters(x * np.nan)
    with pytest.raises(ValueError, match="needs 9 neighbours a row, received 4"):
        density.hdbscan_clusters(x, 5, 10, found=(distances, indices))
    with pytest.raises(ValueError, match="received -1"):
        density.dbscan_clusters(distances, indices, -1.0)
