"""The distance at which edges are cut, where the Gaussian of chance fits and where it does not."""

import numpy as np
import pytest

from models.clustering.graphs.edge_threshold import edge_threshold, thresholded_graph
from models.clustering.graphs.neighbour_graph import neighbours


def test_few_groups_in_few_dimensions_are_not_cut_to_pieces():
    generator = np.random.default_rng(0)
    truth = np.arange(120) % 4
    x = generator.normal(size=(4, 3))[truth] * 20 + generator.normal(size=(120, 3))
    threshold = edge_threshold(x, *neighbours(x))
    within = np.linalg.norm(x[truth == 0][:, None] - x[truth == 0], axis=2)
    assert np.median(within[within > 0]) < threshold
    assert thresholded_graph(x).nnz > 120 * 10


def test_a_threshold_is_a_distance_auto_or_none():
    x = np.random.default_rng(0).normal(size=(40, 5))
    assert thresholded_graph(x, 0.0).nnz == 0
    assert thresholded_graph(x, None).nnz > thresholded_graph(x, 1.5).nnz
    for wrong in ("all", -1.0):
        with pytest.raises(ValueError, match="'auto' or None; received"):
            thresholded_graph(x, wrong)
