"""t-SNE's neighbours and iterations."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from components.evaluate.search import projection


@pytest.mark.parametrize("interpolated", [9, 1000])
def test_tree_and_grid_keep_neighbourhoods(monkeypatch, interpolated):
    monkeypatch.setattr(projection, "INTERPOLATED", interpolated)
    x = np.random.default_rng(4).normal(size=(90, 3))
    points = np.asarray(projection.tsne(x, 20.0, n_iter=50))
    assert trustworthiness(x, points, n_neighbors=10) > 0.85
