"""t-SNE's neighbours and iterations, and what maps are made by."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from components.evaluate.search import projection


@pytest.mark.parametrize("interpolated", [9, 1000])
def test_tree_and_grid_keep_neighbourhoods(monkeypatch, interpolated):
    monkeypatch.setattr(projection, "INTERPOLATED", interpolated)
    x = np.random.default_rng(4).normal(size=(90, 3))
    points = np.asarray(projection.tsne(x, 20.0, n_iter=50))
    assert trustworthiness(x, points, n_neighbors=10) > 0.85  # of points at random 0.5


@pytest.mark.parametrize(("n", "method"), [(90, "tsne"), (7, "pca")])
def test_without_umap_and_of_few_rows_another_method_lays_out(monkeypatch, n, method):
    monkeypatch.setattr(projection, "has_umap", lambda: n < 90)
    places, taken = projection.lay_out(np.random.default_rng(4).normal(size=(n, 3)))
    assert (places.shape, taken) == ((n, 2), method)
