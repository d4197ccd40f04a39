"""Chinese Whispers, and the distance at which its edges are cut."""

import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.metrics import adjusted_rand_score

from models.clustering.graphs.chinese_whispers import chinese_whispers, in_order
from models.clustering.graphs.edge_threshold import edge_threshold, thresholded_graph
from models.clustering.graphs.neighbour_graph import neighbours
from tests.bounds import of_sum
from tests.models.planted import family_sizes, groups

DLIB_MISSING = importlib.util.find_spec("dlib") is None


def graph_of(edges, n):
    matrix = np.zeros((n, n))
    for i, j, weight in edges:
        matrix[i, j] = matrix[j, i] = weight
    return csr_matrix(matrix)


def test_small_groups_singles_and_a_large_one():
    x, truth = groups(family_sizes())
    labels = chinese_whispers(thresholded_graph(x))
    assert adjusted_rand_score(truth, labels) > 0.99
    assert abs(labels.max() + 1 - 601) <= 6  # groups, one in a hundred


def test_groups_larger_than_the_neighbourhood():
    x, truth = groups([200] * 5)
    assert adjusted_rand_score(truth, chinese_whispers(thresholded_graph(x))) == 1.0


@settings(max_examples=50)
@given(st.integers(1, 40), st.floats(0, 1), st.integers(0, 10_000))
def test_groups_hang_together_and_nothing_wants_to_move(n, density, seed):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((n, n)) * (generator.random((n, n)) < density), 1)
    weights += weights.T
    labels = chinese_whispers(csr_matrix(weights), seed)
    assert labels.shape == (n,)
    assert sorted(set(labels.tolist())) == list(range(labels.max() + 1))
    votes = weights @ np.eye(labels.max() + 1)[labels]
    assert (votes[np.arange(n), labels] >= votes.max(axis=1) - 1e-9).all()


def test_two_cliques_and_a_weak_bridge():
    edges = [(i, j, 1.0) for a in (0, 5) for i in range(a, a + 5) for j in range(i + 1, a + 5)]
    labels = chinese_whispers(graph_of([*edges, (4, 5, 0.2)], 11))
    np.testing.assert_array_equal(labels, [0] * 5 + [1] * 5 + [2])


def test_heavier_edges_win():
    labels = chinese_whispers(graph_of([(0, 1, 1.0), (1, 2, 0.1), (2, 3, 1.0)], 4))
    np.testing.assert_array_equal(labels, [0, 0, 1, 1])


def test_loops_do_not_hold_a_row_back():
    graph = graph_of([(0, 1, 1.0)], 2) + csr_matrix(np.diag([9.0, 9.0]))
    np.testing.assert_array_equal(chinese_whispers(graph), [0, 0])


def test_the_seed_decides():
    x, _ = groups([6] * 60, noise=1.2)
    graph = thresholded_graph(x, None)
    np.testing.assert_array_equal(chinese_whispers(graph, 5), chinese_whispers(graph, 5))
    assert any((chinese_whispers(graph, 5) != chinese_whispers(graph, seed)).any() for seed in range(6, 12))


@pytest.mark.skipif(DLIB_MISSING, reason="dlib is not installed: make setup EXTRAS=dlib")
def test_agrees_with_dlib():
    import dlib

    x, truth = groups([2, 3, 5, 8, 13, 21, 1, 1], noise=0.6)
    threshold = 0.9
    theirs = dlib.chinese_whispers_clustering([dlib.vector(row.tolist()) for row in x], threshold)
    graph = thresholded_graph(x, threshold, n_neighbors=len(x) - 1)
    ours = chinese_whispers(graph)
    assert adjusted_rand_score(theirs, ours) == 1.0
    assert adjusted_rand_score(truth, ours) == 1.0


def test_few_rows():
    np.testing.assert_array_equal(chinese_whispers(thresholded_graph(np.ones((1, 4)))), [0])
    np.testing.assert_array_equal(chinese_whispers(thresholded_graph(np.ones((2, 4)))), [0, 0])
    np.testing.assert_array_equal(chinese_whispers(thresholded_graph(np.eye(2), 0.1)), [0, 1])
    assert len(chinese_whispers(thresholded_graph(np.eye(5), n_neighbors=50))) == 5
    np.testing.assert_array_equal(chinese_whispers(csr_matrix((3, 3))), [0, 1, 2])


def test_equal_rows_are_one_group():
    assert not chinese_whispers(thresholded_graph(np.ones((100, 8)))).any()
    x = np.repeat(np.eye(3), 40, axis=0)
    np.testing.assert_array_equal(chinese_whispers(thresholded_graph(x)), np.repeat(np.arange(3), 40))


def test_one_huge_group_with_a_threshold_of_ones_own():
    x, _ = groups([500])
    assert not chinese_whispers(thresholded_graph(x, 1.2)).any()


def test_threshold_lies_between_the_two_kinds():
    x, truth = groups(family_sizes())
    distances, indices = neighbours(x)
    threshold = edge_threshold(x, distances, indices)
    same = truth[indices] == truth[:, None]
    assert (distances[same] <= threshold).mean() > 0.99
    assert (distances[~same] > threshold).mean() > 0.999
    assert edge_threshold(3 * x, *neighbours(3 * x)) == pytest.approx(3 * threshold, rel=of_sum(x.shape[1]))


def test_strangers_are_hardly_joined():
    x, _ = groups([1] * 300)
    distances, indices = neighbours(x)
    assert (distances <= edge_threshold(x, distances, indices)).sum(axis=1).mean() < 1.0


def test_in_order():
    np.testing.assert_array_equal(in_order(np.array([7, 3, 7, 9])), [0, 1, 0, 2])


def test_wrong_arguments():
    with pytest.raises(ValueError, match=r"received \(2, 3\) and 100"):
        chinese_whispers(csr_matrix((2, 3)))
    with pytest.raises(ValueError, match="and 0"):
        chinese_whispers(csr_matrix((2, 2)), max_iter=0)
    for threshold in ("Auto", -1.0, float("nan")):
        with pytest.raises(ValueError, match="Expected a threshold of at least 0, 'auto' or None"):
            thresholded_graph(np.eye(3), threshold)
    with pytest.raises(ValueError, match="rows hold NaN"):
        thresholded_graph(np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="1 rows have no edges"):
        edge_threshold(np.ones((1, 2)), *neighbours(np.ones((1, 2))))
