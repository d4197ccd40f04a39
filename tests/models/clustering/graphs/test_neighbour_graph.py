"""Nearest neighbours, and the graph of them."""

import builtins

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from models.clustering.graphs import neighbour_graph as ng
from tests.bounds import of_sum
from tests.models.planted import groups


@settings(max_examples=60)
@given(st.integers(1, 25), st.integers(1, 8), st.integers(1, 30), st.integers(0, 10_000), st.booleans())
def test_neighbours_are_those_of_all_pairs(n, d, n_neighbors, seed, ties):
    generator = np.random.default_rng(seed)
    x = generator.integers(0, 2, (n, d)).astype(float) if ties else generator.normal(size=(n, d))
    distances, indices = ng.neighbours(x, n_neighbors)
    k = min(n_neighbors, n - 1)
    assert distances.shape == indices.shape == (n, k)
    assert (distances.dtype, indices.dtype) == (np.float32, np.int64)
    every = cdist(x, x)
    rounded = of_sum(d) * np.abs(x).max()  # rows and distances, both in float32
    np.testing.assert_allclose(distances, np.take_along_axis(every, indices, axis=1), rtol=0, atol=rounded)
    np.fill_diagonal(every, np.inf)
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :k], rtol=0, atol=rounded)
    assert all(i not in row and len(set(row)) == k for i, row in enumerate(indices.tolist()))


def test_equal_rows_are_at_distance_0_wherever_they_lie():
    x = np.repeat(np.random.default_rng(0).normal(size=(3, 128)) + 1000, 10, axis=0)
    distances, indices = ng.neighbours(x, 9)
    assert (distances == 0).all()
    assert (indices // 10 == np.arange(30)[:, None] // 10).all()


def test_more_equal_rows_than_neighbours():
    distances, indices = ng.neighbours(np.ones((50, 4)), 5)
    assert (distances == 0).all()
    assert (indices != np.arange(50)[:, None]).all()


@pytest.mark.parametrize("scale", [1e-20, 1e18])
def test_neighbours_of_tiny_and_huge_rows(scale):
    x = np.random.default_rng(0).normal(size=(40, 6))
    np.testing.assert_array_equal(ng.neighbours(x, 4)[1], ng.neighbours(x * scale, 4)[1])


def test_blocks_side_by_side_find_what_one_thread_does_and_leave_the_number_of_threads(monkeypatch):
    monkeypatch.setattr(ng, "SIDE_BY_SIDE", 16)
    x = np.random.default_rng(0).normal(size=(100, ng.NARROW + 1))
    threads, found = faiss.omp_get_max_threads(), []
    try:
        for number in (1, 3):
            faiss.omp_set_num_threads(number)
            found.append(ng.neighbours(x, 5))
            assert faiss.omp_get_max_threads() == number
    finally:
        faiss.omp_set_num_threads(threads)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
    true = np.sort(cdist(x, x), axis=1)[:, 1:6]
    np.testing.assert_allclose(found[0][0], true, rtol=1e-5)


def approximate_above(monkeypatch, rows):
    for name in ("EXACT_ROWS", "EXACT_NARROW_ROWS"):
        monkeypatch.setattr(ng, name, rows)


def test_of_few_columns_every_pair_of_more_rows_is_compared(monkeypatch):
    monkeypatch.setattr(ng, "EXACT_ROWS", 100)
    monkeypatch.setattr(ng, "EXACT_NARROW_ROWS", 200)
    x = np.random.default_rng(0).normal(size=(200, 32))
    assert ng.every_pair(x)
    assert not ng.every_pair(np.hstack([x, x]))
    assert not ng.every_pair(np.vstack([x, x[:1]]))
    true = np.sort(cdist(x, x), axis=1)[:, 1:6]
    np.testing.assert_allclose(ng.neighbours(x, 5)[0], true, rtol=1e-5)


def test_approximate_search_finds_nearly_all_and_the_same_twice(monkeypatch):
    approximate_above(monkeypatch, 100)
    x = groups([20] * 100)[0]
    distances, indices = ng.neighbours(x, 10, 3)
    true = np.sort(cdist(x, x), axis=1)[:, 10:11]  # the first column is the row itself
    assert 0.95 < (np.linalg.norm(x[:, None] - x[indices], axis=2) <= true * (1 + 1e-5)).mean() <= 1
    again = ng.neighbours(x, 10, 3)
    np.testing.assert_array_equal(indices, again[1])
    np.testing.assert_array_equal(distances, again[0])
    assert (indices != np.arange(len(x))[:, None]).all()


def test_approximate_search_among_equal_rows(monkeypatch):
    approximate_above(monkeypatch, 10)
    distances, indices = ng.neighbours(np.ones((300, 4)), 5)
    assert (distances == 0).all()
    assert (np.sort(indices, axis=1)[:, 1:] > np.sort(indices, axis=1)[:, :-1]).all()


@pytest.mark.parametrize("copies", [3, 1000])
def test_approximate_search_around_many_equal_rows(monkeypatch, copies):
    approximate_above(monkeypatch, 100)
    x = np.vstack([groups([10] * 100)[0], np.repeat(groups([1], seed=1)[0], copies, axis=0)])
    distances, indices = ng.neighbours(x, 8)
    assert (indices != np.arange(len(x))[:, None]).all()
    assert (np.diff(np.sort(indices, axis=1), axis=1) > 0).all()
    assert (distances[1000:, : min(8, copies - 1)] == 0).all()
    true = ng.nearest(x[:1000], x[:1000], 9)[0][:, 8]
    assert (distances[:1000, 7] <= true * (1 + of_sum(x.shape[1]))).mean() > 0.95


def test_nearest_of_other_rows():
    generator = np.random.default_rng(0)
    x, queries = generator.normal(size=(50, 6)) + 7, generator.normal(size=(8, 6)) + 7
    distances, indices = ng.nearest(x, queries, 5)
    every = cdist(queries, x)
    np.testing.assert_array_equal(indices, np.argsort(every, axis=1)[:, :5])
    rounded = of_sum(6) * np.abs(x).max()
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :5], rtol=0, atol=rounded)
    assert ng.nearest(x[:3], queries, 5)[1].shape == (8, 3)
    assert ng.nearest(x, x, 1)[1].ravel().tolist() == list(range(50))
    with pytest.raises(ValueError, match=r"shape \(m, 6\); received 5 and \(2, 3\)"):
        ng.nearest(x, np.ones((2, 3)), 5)


def test_edges_are_told_once():
    distances, indices = np.array([[1.0], [1.0], [2.0]], np.float32), np.array([[1], [0], [1]])
    low, high, length = ng.undirected_edges(distances, indices)
    assert list(zip(low, high, length, strict=True)) == [(0, 1, 1.0), (1, 2, 2.0)]


@pytest.mark.parametrize("mode", ng.MODES)
def test_graph_is_symmetric_without_loops(mode):
    x = np.random.default_rng(0).normal(size=(60, 3))
    graph = ng.neighbour_graph(*ng.neighbours(x, 6), mode)
    assert abs(graph - graph.T).max() == 0
    assert not graph.diagonal().any()
    assert 0 < graph.data.min() <= graph.data.max() <= 1


def test_weights_by_hand():
    x = np.array([[0.0], [1.0], [3.0]])
    graph = ng.neighbour_graph(*ng.neighbours(x, 2)).toarray()
    assert graph[0, 1] == pytest.approx(np.exp(-1 / (3 * 2)))  # scales: 3, 2 and 3
    assert graph[0, 2] == pytest.approx(np.exp(-9 / (3 * 3)))
    shared = ng.neighbour_graph(
        *ng.neighbours(np.array([[0.0], [1.0], [10.0], [11.5]]), 1), "jaccard"
    ).toarray()
    assert shared[0, 1] == shared[2, 3] == 1
    assert shared[1, 2] == 0


@pytest.mark.parametrize("mode", ng.MODES)
def test_threshold_cuts_edges(mode):
    x = np.array([[0.0], [1.0], [3.0]])
    graph = ng.neighbour_graph(*ng.neighbours(x, 2), mode, threshold=2.0).toarray()
    assert graph[0, 1] > 0
    assert graph[1, 2] > 0
    assert graph[0, 2] == 0


def test_equal_rows_weigh_1_and_are_cut_from_others():
    x = np.array([[0.0]] * 9 + [[1.0]])
    graph = ng.neighbour_graph(*ng.neighbours(x, 8)).toarray()
    assert (graph[:9, :9] + np.eye(9) == 1).all()
    assert not graph[9].any()


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.full((3, 2), np.nan), "3 of 3 rows hold NaN"),
        (np.array([[1.0], [np.inf]]), "first is row 1"),
        (np.ones(3), r"shape \(3,\)"),
        (np.ones((0, 3)), r"shape \(0, 3\)"),
    ],
)
def test_rows_that_cannot_be_searched(x, message):
    with pytest.raises(ValueError, match=message):
        ng.neighbours(x)


def test_wrong_arguments():
    x = np.eye(3)
    with pytest.raises(ValueError, match="n_neighbors must be at least 1, received 0"):
        ng.neighbours(x, 0)
    distances, indices = ng.neighbours(x, 2)
    with pytest.raises(ValueError, match="Unknown mode 'cosine'. Expected one of: self-tuning, jaccard"):
        ng.neighbour_graph(distances, indices, "cosine")
    with pytest.raises(ValueError, match="one shape"):
        ng.neighbour_graph(distances[:, :1], indices)


def test_missing_faiss_names_the_fix(monkeypatch):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "faiss":
            raise ImportError("No module named 'faiss'")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match="pip install faiss-cpu"):
        ng.neighbours(np.eye(3))
