"""UMAP's points by neighbours of our own search: planted groups stay together, and what is refused."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from models.subspaces.sure_pictures import mixture_groups
from models.subspaces.umap_space import umap_points
from tests.models.planted import blobs


def test_planted_groups_stay_groups_and_the_seed_decides():
    pytest.importorskip("umap", reason="the extra umap is not installed")
    x, truth = blobs(n=200)
    found = umap_points(x, "a test", 2, 10, 0)
    assert found.shape == (200, 2)
    assert found.dtype == np.float64
    assert adjusted_rand_score(truth, mixture_groups(found, len(set(truth.tolist())), 5, 0)) == 1
    np.testing.assert_array_equal(umap_points(x, "a test", 2, 10, 0), found)
    assert np.abs(umap_points(x, "a test", 2, 10, 1) - found).max() > 0.01


def test_too_few_rows_are_told():
    with pytest.raises(ValueError, match="a test needs at least 4 rows for UMAP, received 3"):
        umap_points(np.eye(3), "a test")
