"""Infomap on the neighbour graph."""

import builtins
import importlib.util

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from models.clustering.graphs.edge_threshold import thresholded_graph
from models.clustering.graphs.infomap_clustering import infomap_clusters
from tests.models.planted import family_sizes, groups

needs_infomap = pytest.mark.skipif(
    importlib.util.find_spec("infomap") is None, reason="infomap is not installed: make setup EXTRAS=infomap"
)


@needs_infomap
def test_small_groups_singles_and_a_large_one():
    x, truth = groups(family_sizes())
    labels = infomap_clusters(thresholded_graph(x))
    assert adjusted_rand_score(truth, labels) > 0.99
    assert abs(labels.max() + 1 - 601) <= 6  # groups, one in a hundred


@needs_infomap
def test_groups_without_a_threshold():
    x, truth = groups([30] * 20)
    assert adjusted_rand_score(truth, infomap_clusters(thresholded_graph(x, None))) == 1.0


@needs_infomap
def test_one_huge_group_with_a_threshold_of_ones_own():
    x, _ = groups([400])
    assert not infomap_clusters(thresholded_graph(x, 1.2)).any()


@needs_infomap
def test_same_seed_same_groups():
    graph = thresholded_graph(groups([6] * 60, noise=1.2)[0], None)
    np.testing.assert_array_equal(infomap_clusters(graph, 4), infomap_clusters(graph, 4))


@needs_infomap
def test_few_and_equal_rows(capfd):
    np.testing.assert_array_equal(infomap_clusters(thresholded_graph(np.ones((1, 4)))), [0])
    np.testing.assert_array_equal(infomap_clusters(thresholded_graph(np.ones((2, 4)))), [0, 0])
    np.testing.assert_array_equal(infomap_clusters(csr_matrix((3, 3))), [0, 1, 2])
    assert not infomap_clusters(thresholded_graph(np.ones((50, 4)))).any()
    assert capfd.readouterr().out == ""


@needs_infomap
def test_rows_without_edges_are_groups_of_one():
    graph = csr_matrix(([1.0, 1.0], ([1, 3], [3, 1])), shape=(5, 5))
    np.testing.assert_array_equal(infomap_clusters(graph), [0, 1, 2, 1, 3])


def test_a_graph_that_is_not_square():
    with pytest.raises(ValueError, match=r"received \(2, 3\)"):
        infomap_clusters(csr_matrix((2, 3)))


def test_missing_infomap_names_the_fix(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "infomap":
            raise ImportError("No module named 'infomap'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="make setup EXTRAS=infomap"):
        infomap_clusters(csr_matrix(np.eye(3)))
