"""t-SNE's neighbours and iterations, and new rows among a projection's points."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from components.evaluate.search import projection
from components.evaluate.search.projection import embed_new, project
from tests.bounds import of_sum

GENERATOR = np.random.default_rng(0)
CENTRES = 8 * GENERATOR.normal(size=(3, 60))


def grouped(n, seed):
    generator = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    return CENTRES[truth] + generator.normal(size=(n, 60)), truth


@pytest.fixture(scope="module")
def shown():
    return project(grouped(120, 1)[0])


def test_new_rows_land_in_their_group(shown):
    before = shown.points.copy()
    x, truth = grouped(30, 2)
    points = embed_new(shown, x)
    assert points.shape == (30, 2)
    assert points.dtype == np.float32
    nearest = np.linalg.norm(points[:, None] - shown.points, axis=2).argmin(axis=1)
    np.testing.assert_array_equal(nearest % 3, truth)
    np.testing.assert_array_equal(shown.points, before)
    np.testing.assert_array_equal(points, embed_new(shown, x))


def test_one_new_row(shown):
    assert embed_new(shown, grouped(1, 3)[0]).shape == (1, 2)


def test_new_rows_of_a_pca():
    x = GENERATOR.normal(size=(5, 4))
    shown = project(x)
    np.testing.assert_allclose(
        embed_new(shown, x), shown.points, rtol=0, atol=of_sum(4) * np.abs(shown.points).max()
    )


def test_new_rows_where_nothing_differs():
    assert not embed_new(project(np.ones((20, 3))), np.eye(3)).any()


def test_new_rows_that_do_not_fit(shown):
    with pytest.raises(ValueError, match=r"shape \(m, 60\).*received \(2, 3\)"):
        embed_new(shown, np.ones((2, 3)))
    with pytest.raises(ValueError, match="rows hold NaN"):
        embed_new(shown, np.full((1, 60), np.nan))


@pytest.mark.parametrize("interpolated", [9, 1000])
def test_tree_and_grid_keep_neighbourhoods(monkeypatch, interpolated):
    monkeypatch.setattr(projection, "INTERPOLATED", interpolated)
    x = np.random.default_rng(4).normal(size=(90, 3))
    points = np.asarray(projection.tsne(x, 20.0, n_iter=50))
    assert trustworthiness(x, points, n_neighbors=10) > 0.85  # of points at random 0.5
