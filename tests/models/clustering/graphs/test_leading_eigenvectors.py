"""Leading eigenvectors against the dense solution, of graphs in one part and in many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, issparse

from models.clustering.graphs import leading_eigenvectors as module
from models.clustering.graphs.affinities import rbf, self_tuning
from models.clustering.graphs.leading_eigenvectors import (
    DENSE_ROWS,
    NEGLIGIBLE,
    leading_eigenvectors,
    parts_of,
)
from tests.bounds import eps


def normalised(affinity):
    """D^-1/2 A D^-1/2, dense; a row without edges has eigenvalue 1, as a part of its own."""
    dense = affinity.toarray() if issparse(affinity) else affinity.copy()
    degree = dense.sum(axis=1)
    dense[degree == 0, degree == 0] = 1
    root = np.sqrt(np.where(degree > 0, degree, 1))
    return dense / root[:, None] / root


def of(affinity, k, seed=0):
    return leading_eigenvectors(affinity.copy(), k, seed)


def rows_of(kind, n=DENSE_ROWS + 300, seed=0):
    generator = np.random.default_rng(seed)
    if kind == "one part":
        return generator.normal(size=(n, 4))
    if kind == "ring":
        angle = generator.uniform(0, 2 * np.pi, n)
        return np.column_stack([np.cos(angle), np.sin(angle)])
    if kind == "equal rows":
        return generator.normal(size=(20, 4))[np.arange(n) % 20]
    return 100 * generator.normal(size=(30, 4))[np.arange(n) % 30] + generator.normal(size=(n, 4))


@pytest.mark.parametrize(
    ("kind", "k"),
    # Of equal rows there are 20 parts, beside which every eigenvalue has many vectors.
    [*((kind, k) for kind in ("one part", "ring", "apart") for k in (1, 10, 35)), ("equal rows", 20)],
)
@pytest.mark.parametrize("affinity", [self_tuning, rbf])
def test_they_are_those_of_the_dense_solution(kind, affinity, k):
    alike = affinity(rows_of(kind))
    values, vectors = of(alike, k)
    matrix = normalised(alike)
    # By Weyl, a residual of r means an eigenvalue within r. Lanczos' residual is of the size of eps, and one
    # part's eigenvalue of 1 is off by what NEGLIGIBLE edges weigh together, of 20 neighbours at most.
    bound = 20 * NEGLIGIBLE if affinity is self_tuning else len(matrix) * NEGLIGIBLE
    np.testing.assert_allclose(values, np.linalg.eigvalsh(matrix)[::-1][:k], rtol=0, atol=bound)
    np.testing.assert_allclose(matrix @ vectors, vectors * values, rtol=0, atol=bound)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), rtol=0, atol=bound)
    assert (np.diff(values) <= 1e-12).all()
    assert (np.abs(vectors).max(axis=0) <= vectors.max(axis=0) * (1 + 1e-6)).all()


@pytest.mark.parametrize("m", [1, 2, 7, 130])
def test_every_part_has_the_eigenvalue_one_and_a_direction(m):
    """A Krylov space holds one vector of it; ARPACK alone finds 42 of 130."""
    generator = np.random.default_rng(0)
    n = max(DENSE_ROWS + 200, 9 * m)
    truth = np.arange(n) % m
    x = 1000.0 * generator.normal(size=(m, 4))[truth] + generator.normal(size=(n, 4))
    values, vectors = of(self_tuning(x), m + 3)
    np.testing.assert_array_equal(values > 1 - 1e-6, np.arange(m + 3) < m)
    unit = vectors[:, :m] / np.linalg.norm(vectors[:, :m], axis=1, keepdims=True)
    same = truth[:, None] == truth
    np.testing.assert_allclose((unit @ unit.T)[same], 1, atol=1e-6)
    np.testing.assert_allclose((unit @ unit.T)[~same], 0, atol=1e-6)


def test_more_parts_than_vectors_still_have_directions():
    truth = np.arange(800) % 8
    x = 1000.0 * np.eye(8)[truth] + np.random.default_rng(0).normal(size=(800, 8))
    values, vectors = of(self_tuning(x), 3)
    np.testing.assert_array_equal(values, 1)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose((unit @ unit.T)[truth[:, None] == truth], 1)
    assert np.linalg.matrix_rank(vectors) == 3


@pytest.mark.parametrize("n", [5, DENSE_ROWS + 100])
def test_a_row_without_edges_is_a_part(n):
    weights = np.ones((n, n)) - np.eye(n)
    weights[1] = weights[:, 1] = 0
    for affinity in (weights, csr_matrix(weights)):
        values, vectors = of(affinity, 3)
        # Of n - 1 rows that are all joined, the others' eigenvalue is -1 / (n - 2).
        np.testing.assert_allclose(values, [1, 1, -1 / (n - 2)], rtol=0, atol=n * eps("float64"))
        assert np.isfinite(vectors).all()
        unit = vectors[:, :2] / np.linalg.norm(vectors[:, :2], axis=1, keepdims=True)
        others = np.arange(n) != 1
        np.testing.assert_allclose(unit[others] @ unit[0], 1)
        assert abs(unit[1] @ unit[0]) < 1e-9


def test_a_row_of_tiny_degree_has_the_direction_of_its_only_neighbour():
    x = rows_of("one part")
    alike = self_tuning(x).tolil()
    alike[0] = 0
    alike[:, 0] = 0
    alike[0, 5] = alike[5, 0] = 1e-35
    _, vectors = of(alike.tocsr(), 4)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    # Row 0 of an eigenvector is A_05 v_5 / value; in float64 its own numbers of 1e-18 were lost among roundings.
    values = of(alike.tocsr(), 4)[0]
    expected = vectors[5] / values
    np.testing.assert_allclose(unit[0], expected / np.linalg.norm(expected), rtol=0, atol=1e-6)


def test_edges_that_weigh_nothing_to_both_ends_join_no_parts():
    weights = np.zeros((6, 6))
    weights[:3, :3] = weights[3:, 3:] = 1
    np.fill_diagonal(weights, 0)
    for weight, parts in ((3 * NEGLIGIBLE, 1), (NEGLIGIBLE, 2), (0, 2)):
        weights[2, 3] = weights[3, 2] = weight
        for affinity in (weights, csr_matrix(weights)):
            found = parts_of(affinity, weights.sum(axis=1))
            np.testing.assert_array_equal(found, [0, 0, 0, *[parts - 1] * 3])
    weights[5] = weights[:, 5] = 0
    weights[4, 5] = weights[5, 4] = 1e-30  # all that row 5 has
    for affinity in (weights, csr_matrix(weights)):
        np.testing.assert_array_equal(parts_of(affinity, weights.sum(axis=1)), [0, 0, 0, 1, 1, 1])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 25), st.floats(0, 1), st.integers(0, 10_000), st.booleans())
def test_any_small_graph(n, density, seed, sparse):
    generator = np.random.default_rng(seed)
    weights = np.triu(generator.random((n, n)) * (generator.random((n, n)) < density), 1)
    weights += weights.T
    affinity = csr_matrix(weights) if sparse else weights
    for k in {1, (n + 1) // 2, n}:
        values, vectors = of(affinity, k)
        bound = n * NEGLIGIBLE
        np.testing.assert_allclose(
            values, np.linalg.eigvalsh(normalised(affinity))[::-1][:k], rtol=0, atol=bound
        )
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), rtol=0, atol=bound)


def test_where_lanczos_does_not_converge_the_inverse_does(monkeypatch):
    alike = self_tuning(rows_of("ring", n=1200))
    found = of(alike, 4)
    monkeypatch.setattr(module, "MOST_RESTARTS", 1)
    used = []
    monkeypatch.setattr(module, "splu", lambda matrix, inner=module.splu: used.append(1) or inner(matrix))
    values, vectors = of(alike, 4)
    assert used
    np.testing.assert_allclose(values, found[0], rtol=0, atol=1e-9)
    overlap = vectors.T @ found[1]  # the space is the same; two eigenvalues of a ring are nearly equal
    np.testing.assert_allclose(overlap @ overlap.T, np.eye(4), rtol=0, atol=1e-4)


def test_the_same_seed_gives_the_same_vectors():
    alike = self_tuning(rows_of("apart"))
    for k in (10, 40):
        np.testing.assert_array_equal(of(alike, k)[1], of(alike, k)[1])


@pytest.mark.parametrize("k", [0, 6])
def test_no_such_number_of_vectors_is_an_error(k):
    with pytest.raises(ValueError, match=f"from 1 to 5, the rows; received {k}"):
        leading_eigenvectors(np.ones((5, 5)), k)
