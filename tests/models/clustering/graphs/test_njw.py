"""Ng, Jordan and Weiss against a dense solution written here, and on what makes it stumble."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from models.clustering.graphs import affinities
from models.clustering.graphs.affinities import AFFINITIES, rbf, self_tuning
from models.clustering.graphs.njw import grouped, njw, spectral_coordinates
from models.clustering.spectral import SpectralClusterer
from tests.models.planted import blobs, shaped


def rings(n=900, seed=0):
    generator = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    angle = generator.uniform(0, 2 * np.pi, n)
    x = (1 + truth)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return x + 0.05 * generator.normal(size=(n, 2)), truth


def dense_affinity(x, affinity, k=10):
    """The affinities by all pairs, as their papers have them."""
    squared = squareform(pdist(x, "sqeuclidean"))
    if affinity == "rbf":
        alike = np.exp(-squared / (0.1 * np.median(pdist(x, "sqeuclidean"))))
        np.fill_diagonal(alike, 0)
        return alike
    np.fill_diagonal(squared, np.inf)
    order = np.argsort(squared, axis=1)
    scale = np.sqrt(np.take_along_axis(squared, order[:, 6:7], axis=1))
    near = np.zeros(squared.shape, bool)
    np.put_along_axis(near, order[:, :k], True, axis=1)
    return np.where(near | near.T, np.exp(-squared / (scale * scale.T)), 0.0)


def dense_njw(x, k, affinity):
    """Labels by all pairs and the whole spectrum."""
    alike = dense_affinity(x, affinity)
    root = np.sqrt(alike.sum(axis=1))
    vectors = np.linalg.eigh(alike / root[:, None] / root)[1][:, -k:]
    rows = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return KMeans(k, n_init=10, random_state=0).fit_predict(rows)


CASES = {
    "rings": (*rings(), 3),
    "blobs": (*blobs(5, n=700, spread=4.0), 5),
    "overlapping": (*shaped(n=800, spread=3.0), 4),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("affinity", AFFINITIES)
def test_it_is_the_dense_solution(name, affinity):
    x, _, k = CASES[name]
    found = njw(x, k, 0, affinity)
    assert adjusted_rand_score(dense_njw(x, k, affinity), found.labels) >= 0.95
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1)
    assert found.rows.shape == (len(x), k)
    assert found.labels.dtype == np.int64


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_affinities_are_those_of_all_pairs(affinity):
    x = np.random.default_rng(0).normal(size=(300, 3))
    alike = AFFINITIES[affinity](x, 10, 0)
    alike = alike.toarray() if affinity == "self-tuning" else alike
    np.testing.assert_allclose(alike, dense_affinity(x, affinity), atol=1e-6)  # distances are float32
    np.testing.assert_array_equal(alike, alike.T)
    assert not alike.diagonal().any()


def test_rings_are_told_apart_by_the_graph():
    x, truth = rings()
    found = njw(x, 3)
    assert adjusted_rand_score(truth, found.labels) == 1.0
    assert found.n_parts == 3
    np.testing.assert_array_equal(found.labels[:3], [0, 1, 2])  # by their first rows


@pytest.mark.parametrize("m", [2, 5, 40])
def test_parts_are_counted_up_to_the_number_of_clusters(m):
    generator = np.random.default_rng(0)
    truth = np.arange(1200) % m
    x = 1000.0 * generator.normal(size=(m, 5))[truth] + generator.normal(size=(1200, 5))
    for k in (m, m + 2):
        found = njw(x, k)
        assert found.n_parts == m
        groups = [set(truth[found.labels == label].tolist()) for label in range(k)]
        assert all(len(group) == 1 for group in groups)  # none holds rows of two parts
    assert adjusted_rand_score(truth, njw(x, m).labels) == 1.0
    assert njw(x, m - 1).n_parts == m - 1  # or more


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_equal_rows_are_together(affinity):
    values, truth = blobs(3, n=60, spread=5.0)
    copies = np.random.default_rng(0).integers(1, 20, 60)
    x, truth = np.repeat(values, copies, axis=0), np.repeat(truth, copies)
    which = np.repeat(np.arange(60), copies)
    found = njw(x, 3, affinity=affinity)
    assert np.isfinite(found.rows).all()
    for value in range(60):
        assert len(set(found.labels[which == value].tolist())) == 1


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_rows_that_are_all_equal_have_an_answer(affinity):
    assert njw(np.ones((30, 3)), 1, affinity=affinity).labels.tolist() == [0] * 30
    found = njw(np.ones((30, 3)), 2, affinity=affinity)  # any two groups are right
    assert found.labels.max() <= 1
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1)
    assert found.n_parts == 1


def test_a_row_whose_weights_all_round_to_zero_is_a_part():
    """Its own scale is its distance, its neighbours' are tiny: exp(-d^2 / (d s)) is 0 from d = 104 s on."""
    x, truth = blobs(3, n=600, spread=6.0)
    x = np.vstack([x, np.full((1, 3), 1e4, np.float32)])
    assert self_tuning(x)[[600]].nnz == 0
    found = njw(x, 4)
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1)
    assert found.n_parts == 1 + njw(x[:600], 4).n_parts
    np.testing.assert_allclose(found.rows[:600] @ found.rows[600], 0, atol=1e-6)  # by the residuals of ARPACK
    assert adjusted_rand_score(truth, found.labels[:600]) > 0.8  # one of the four may be half a blob


@pytest.mark.parametrize("affinity", AFFINITIES)
def test_as_many_clusters_as_rows(affinity):
    x = np.random.default_rng(0).normal(size=(6, 2))
    found = njw(x, 6, affinity=affinity)
    assert found.labels.tolist() == list(range(6))
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1)
    assert njw(x, 1, affinity=affinity).labels.tolist() == [0] * 6
    assert njw(x[:1], 1, affinity=affinity).labels.tolist() == [0]
    assert sorted(njw(x[:3], 2, affinity=affinity).labels.tolist()) in ([0, 0, 1], [0, 1, 1])


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(1, 6), st.integers(1, 4), st.integers(0, 10_000), st.booleans())
def test_any_rows_have_groups_and_unit_rows(n, k, d, seed, whole):
    x = np.random.default_rng(seed).normal(size=(n, d)) * 2
    x = np.rint(x) if whole else x  # with many equal rows
    for affinity in AFFINITIES:
        found = njw(x, min(k, n), seed, affinity)
        assert found.labels.shape == (n,)
        assert sorted(set(found.labels.tolist())) == list(range(found.labels.max() + 1))
        assert found.labels.max() < min(k, n)
        np.testing.assert_allclose(np.linalg.norm(found.rows, axis=1), 1)
        assert 1 <= found.n_parts <= min(k, n)


def test_the_same_seed_gives_the_same_groups_and_rows_in_any_order():
    x, _ = shaped(n=800, spread=3.0)
    first, second = (njw(x, 4, 3) for _ in range(2))
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.rows, second.rows)
    order = np.random.default_rng(1).permutation(len(x))
    assert adjusted_rand_score(first.labels[order], njw(x[order], 4, 3).labels) > 0.99


def test_coordinates_are_cut_before_their_rows_are_made_unit():
    x, _ = shaped(n=800, spread=3.0)
    many = spectral_coordinates(x, 9, 0)
    labels, rows = grouped(many, 4)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    assert adjusted_rand_score(labels, njw(x, 4).labels) > 0.99


def test_the_clusterer_is_the_same_with_coordinates_that_are_kept_for_more_clusters():
    x, _ = shaped(n=800, spread=3.0)
    alone = SpectralClusterer(4, 0).fit(x)
    kept = SpectralClusterer(4, 0, spectral_coordinates(x, 12, 0)).fit(x)
    np.testing.assert_array_equal(alone.labels_, njw(x, 4, 0).labels)
    assert adjusted_rand_score(alone.labels_, kept.labels_) > 0.99


def test_rows_of_any_size_become_unit_and_zeros_stay():
    coordinates = np.array([[1e-200, 0], [1e-200, 1e-200], [0, 0], [3, 4], [1e200, 0]])
    _, rows = grouped(coordinates, 2)
    half = np.sqrt(0.5)
    np.testing.assert_allclose(rows, [[1, 0], [half, half], [0, 0], [0.6, 0.8], [1, 0]])


def test_a_matrix_of_all_pairs_is_refused_beyond_its_rows(monkeypatch):
    monkeypatch.setattr(affinities, "MOST_DENSE_ROWS", 50)
    with pytest.raises(ValueError, match='at most 50 rows, received 51. Use affinity="self-tuning"'):
        njw(np.random.default_rng(0).normal(size=(51, 2)), 2, affinity="rbf")
    assert rbf(np.zeros((50, 2))).shape == (50, 50)
    assert self_tuning(np.zeros((51, 2))).shape == (51, 51)


@pytest.mark.parametrize(
    ("k", "affinity", "words"),
    [
        (0, "rbf", "Cannot make 0 clusters of n_samples=5 rows. Expected 1 to 5"),
        (6, "self-tuning", "Cannot make 6 clusters"),
        (2, "cosine", "Unknown affinity 'cosine'. Expected one of: self-tuning, rbf"),
    ],
)
def test_what_cannot_be_is_an_error(k, affinity, words):
    with pytest.raises(ValueError, match=words):
        njw(np.zeros((5, 2)), k, affinity=affinity)


def test_rows_that_are_not_finite_are_an_error():
    with pytest.raises(ValueError, match="1 of 5 rows hold NaN"):
        njw(np.array([[0.0], [1], [2], [3], [np.nan]]), 2)
