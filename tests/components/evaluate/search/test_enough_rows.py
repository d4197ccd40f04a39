"""What the settings of the search ask of the number of faces, refused before anything is trained."""

import numpy as np
import pytest

from components.evaluate.search.enough_rows import N_FOLDS, require_rows, rows_of_a_fold
from components.evaluate.search.folds import make_grid
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rows import Rows


@pytest.mark.parametrize(
    ("settings", "n", "words"),
    [
        ({"n_clusters": "500"}, 48, "n_clusters=500 .*at most 38: there are 48 train faces, of which a fold"),
        ({"n_clusters": "40-60"}, 48, "at most 38"),
        ({"n_clusters": "30", "founders": 0.5}, 48, "at most 19: there are 24 of 48 train faces"),
        ({"n_clusters": "5000"}, 100_000, "at most 3200"),
        ({"criterion": "elbow"}, 10, "criterion=elbow .*takes 3 numbers of clusters"),
        ({"criterion": "elbow", "n_clusters": "37-60"}, 48, "takes 3 numbers of clusters"),
        ({"reduction": "tsne"}, 19, "reduction=tsne .*at least 20"),
        ({"reduction": "umap"}, 3, "reduction=umap .*at least 4"),
        ({"clusterers": ("average_linkage", "affinity_propagation")}, 30_001, "these take at most 30000"),
    ],
)
def test_what_no_candidate_can_be_fitted_for_is_refused(settings, n, words):
    with pytest.raises(ValueError, match=f"is not possible. Expected .*{words}|{words}") as error:
        require_rows(SelectionSettings(**settings), n)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        ({}, 4),
        ({"n_clusters": "38"}, 48),
        ({"n_clusters": "30-60"}, 48),
        ({"n_clusters": "500", "clusterers": ("average_linkage",)}, 48),  # finds the number by itself
        ({"criterion": "elbow"}, 15),
        ({"reduction": "tsne"}, 20),
        ({"clusterers": ("average_linkage", "kmeans")}, 30_001),
        ({"clusterers": ("spectral",)}, 200_000),
    ],
)
def test_what_some_candidate_can_be_fitted_for_is_taken(settings, n):
    require_rows(SelectionSettings(**settings), n)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 48, 60])
def test_a_fold_has_the_rows_that_were_told(n):
    grid = make_grid(Rows(np.random.default_rng(0).normal(size=(n, 3)), None), "x", 0)
    assert min(len(fold.fitted) for fold in grid.folds) == rows_of_a_fold(n)
    assert grid.n_folds == min(N_FOLDS, n)
