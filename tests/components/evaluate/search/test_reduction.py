"""The map to the clusterer's space, and the picture."""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.decomposition import PCA

from components.evaluate.search import reduction
from components.evaluate.search.projection import project
from components.evaluate.search.reduction import fit_reduction, reduce
from tests.bounds import of_sum
from tests.conftest import ROOT


def embeddings(n=200, d=128, rank=10, seed=0):
    generator = np.random.default_rng(seed)
    low = generator.normal(size=(n, rank)) * np.linspace(3, 1, rank)
    return (low @ generator.normal(size=(rank, d)) + 0.01 * generator.normal(size=(n, d))).astype(np.float32)


def test_keeps_the_variance_asked_for():
    x = embeddings()
    fitted = fit_reduction(x, 0.9)
    m = fitted.space.dimension
    shares = np.cumsum(PCA(20).fit(x.astype(float)).explained_variance_ratio_)
    assert shares[m - 2] < 0.9 <= shares[m - 1]
    assert fitted.space.kept_variance == pytest.approx(shares[m - 1], abs=1e-6)
    assert fitted.space.name == f"pca(128->{m})"
    assert fitted.space.n == 200


def test_is_the_affine_map_of_the_pca():
    x = embeddings()
    fitted = fit_reduction(x)
    expected = fitted.pca.transform(x.astype(float))[:, : fitted.space.dimension]
    np.testing.assert_allclose(fitted.transform(x), expected, atol=1e-8)


def test_rows_are_mapped_some_at_a_time_and_stay_as_they_were(monkeypatch):
    rows = np.random.default_rng(0).random((70, 12)).astype(np.float32)
    found, before = fit_reduction(rows), rows.copy()
    whole = found.linear(rows)  # sums of 12 terms, each at most 1
    monkeypatch.setattr(reduction, "BLOCK", 12 * 9)  # 9 rows at a time, 7 in the last
    np.testing.assert_allclose(found.linear(rows), whole, rtol=0, atol=12 * of_sum(12, "float64"))
    np.testing.assert_array_equal(rows, before)


def test_whitened_has_unit_variance():
    x = embeddings()
    fitted = fit_reduction(x, whiten=True)
    assert fitted.space.name == f"whitened_pca(128->{fitted.space.dimension})"
    np.testing.assert_allclose(np.cov(fitted.transform(x).T), np.eye(fitted.space.dimension), atol=1e-6)


@pytest.mark.parametrize(("n", "limit"), [(2, 1), (5, 1), (45, 4), (330, 33), (900, 64)])
def test_dimension_is_capped_by_the_faces(n, limit):
    x = np.random.default_rng(0).normal(size=(n, 100))
    fitted = fit_reduction(x, 1.0)
    assert fitted.space.dimension == limit
    assert fitted.transform(x).shape == (n, limit)
    assert np.isfinite(fitted.transform(x)).all()


def test_low_dimension_is_left_as_it_is():
    x = embeddings(d=12)
    fitted = fit_reduction(x)
    assert fitted.space.name == "embedding(12)"
    assert fitted.pca is None
    wide = x.astype(np.float64)
    np.testing.assert_allclose(fitted.transform(x), wide - wide.mean(axis=0), atol=1e-9)


def test_none_keeps_all_dimensions():
    assert fit_reduction(embeddings(n=20), None).space.name == "embedding(128)"


def test_axes_of_many_faces_come_from_a_seeded_sample(monkeypatch):
    monkeypatch.setattr(reduction, "MAX_ROWS", 150)
    x = embeddings(n=400)
    one, two = fit_reduction(x, random_state=1), fit_reduction(x, random_state=1)
    assert one.n_fitted == 150
    np.testing.assert_array_equal(one.transform(x), two.transform(x))


def test_pixels_of_few_faces():
    x = np.random.default_rng(0).normal(size=(100, 16_384)).astype(np.float32)
    assert fit_reduction(x).space.name == "pca(16384->10)"


def test_constant_columns_are_no_trouble():
    x = embeddings()
    x[:, 5] = 3
    assert np.isfinite(fit_reduction(x, whiten=True).transform(x)).all()


def test_collapsed_encoder_is_told():
    with pytest.raises(ValueError, match="All 10 embeddings are equal: the encoder has collapsed"):
        fit_reduction(np.ones((10, 4)))


def test_wrong_input_is_an_error():
    with pytest.raises(ValueError, match="at least 2 embeddings, received 1"):
        fit_reduction(np.ones((1, 4)))
    with pytest.raises(ValueError, match="1 of 3 rows hold NaN"):
        fit_reduction(np.array([[1.0], [np.nan], [2.0]]))
    with pytest.raises(ValueError, match="pca_variance must be above 0"):
        fit_reduction(embeddings(), 0)
    with pytest.raises(ValueError, match=r"shape \(n, 128\), received \(3, 4\)"):
        fit_reduction(embeddings()).transform(np.ones((3, 4)))


def test_projection_keeps_groups_together():
    generator = np.random.default_rng(0)
    truth = np.arange(90) % 3
    x = 10 * generator.normal(size=(3, 60))[truth] + generator.normal(size=(90, 60))
    shown = project(x)
    assert shown.method == "tsne"
    assert shown.perplexity == pytest.approx(89 / 3)
    assert shown.points.shape == (90, 2)
    assert shown.points.dtype == np.float32
    distances = np.linalg.norm(shown.points[:, None] - shown.points, axis=2) + 1e9 * np.eye(90)
    assert (truth[distances.argmin(axis=1)] == truth).all()
    np.testing.assert_array_equal(shown.points, project(x).points)


def test_projection_samples_and_says_which():
    x = np.random.default_rng(0).normal(size=(80, 5))
    shown = project(x, max_rows=30)
    assert len(shown.points) == len(set(shown.indices.tolist())) == 30
    assert shown.indices.max() < 80


@pytest.mark.parametrize("shape", [(1, 5), (2, 1), (3, 3), (7, 4), (9, 1), (8, 2)])
def test_projection_of_few_faces_or_dimensions(shape):
    shown = project(np.random.default_rng(0).normal(size=shape))
    assert shown.points.shape == (shape[0], 2)
    assert np.isfinite(shown.points).all()
    assert shown.method == ("pca" if shape[0] < 8 else "tsne")


def test_projection_of_equal_faces():
    assert not project(np.ones((20, 3))).points.any()


def test_projection_of_nan_is_an_error():
    with pytest.raises(ValueError, match="hold NaN"):
        project(np.full((3, 3), np.nan))


def test_by_name_the_space_tells_how_far_it_can_be_trusted():
    x = embeddings(n=120, d=30)
    for method, name, dimension in (
        ("pca", "pca(30->", None),
        ("none", "embedding(30)", 30),
        ("tsne", "tsne(", 2),
    ):
        found, points = reduce(x, method, 0.95, 64, False, 0)
        assert found.space.name.startswith(name)
        assert points.shape == (120, dimension or found.space.dimension)
        assert 0.6 < found.space.trustworthiness <= 1  # of points at random 0.5
        assert found.space.servable is (method != "tsne")


def test_of_too_few_faces_for_two_axes_tsne_says_what_it_needs():
    """It was scikit-learn's own text, of a step that nobody asked for."""
    x = np.random.default_rng(0).standard_normal((12, 6))
    with pytest.raises(ValueError, match="Expected 20 faces to fit on, received 12"):
        reduce(x, "tsne", 0.999, 64, True, 0)


def test_tsne_takes_new_rows_near_their_own():
    generator = np.random.default_rng(0)
    truth = np.arange(150) % 3
    x = generator.normal(size=(3, 10))[truth] * 12 + generator.normal(size=(150, 10))
    found, points = reduce(x[:120], "tsne", None, 50, False, 0)
    new = found.transform(x[120:])
    means = np.stack([points[truth[:120] == j].mean(axis=0) for j in range(3)])
    assert (np.square(new[:, None] - means).sum(axis=2).argmin(axis=1) == truth[120:]).all()


UMAP = """
from tests.components.evaluate.search.test_reduction import embeddings, np, reduce
x = embeddings(n=120, d=30)
found, points = reduce(x, "umap", 0.95, 64, False, 0)
again = reduce(x, "umap", 0.95, 64, False, 0)[1]
print(found.space.dimension, found.space.servable, *found.transform(x[:5]).shape, np.array_equal(points, again))
from components.evaluate.search.projection import lay_out
from components.evaluate.search.reduction import trust
(places, method), (twice, _) = lay_out(x), lay_out(x)
print(method, *places.shape, trust(x, places, 0), np.array_equal(places, twice))
"""


@pytest.mark.skipif(find_spec("umap") is None, reason="the extra umap is not installed")
def test_umap_maps_to_a_few_dimensions():
    # In a process of its own: what numba compiles for it stays in memory, 300 MB.
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", UMAP]
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    dimension, servable, rows, columns, same, *of_map = told.stdout.split()
    assert 1 <= int(dimension) <= 10
    assert (servable, same) == ("False", "True")
    assert (rows, columns) == ("5", dimension)
    assert (*of_map[:3], of_map[-1]) == ("umap", "120", "2", "True")
    assert float(of_map[3]) > 0.6  # of points at random 0.5


@pytest.mark.parametrize(("method", "n"), [("tsne", 7), ("umap", 3)])
def test_too_few_rows_for_a_manifold_are_errors(method, n):
    with pytest.raises(ValueError, match=f"received {n}. Give more photos, or reduction=pca"):
        reduce(embeddings(n=n, d=5), method, None, 5, False, 0)


def test_an_unknown_reduction_is_an_error():
    with pytest.raises(ValueError, match="Unknown reduction 'lle'"):
        reduce(embeddings(n=20), "lle", None, 5, False, 0)
