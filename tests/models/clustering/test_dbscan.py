"""DBSCAN beyond its matrix, and how far its groups reach."""

import numpy as np

from models.clustering import dbscan
from models.clustering.clusterers import CLUSTERERS
from tests.models.planted import blobs as planted


def test_dbscan_beyond_its_matrix_finds_the_same_groups(monkeypatch):
    x, _ = planted(n_clusters=6, n=200, d=8)
    whole = CLUSTERERS["dbscan"].build(None, 0, eps=4.0).fit(x)
    monkeypatch.setattr(dbscan, "EXACT_ROWS", 100)
    graph = CLUSTERERS["dbscan"].build(None, 0, eps=4.0).fit(x)
    assert whole.n_clusters_ == 6
    np.testing.assert_array_equal(graph.labels_, whole.labels_)
    np.testing.assert_array_equal(graph.rule_.index, whole.rule_.index)


def test_dbscan_takes_no_point_from_beyond_its_reach():
    x, _ = planted(n_clusters=2, n=200, d=2)
    estimator = CLUSTERERS["dbscan"].build(None, 0, eps=1.5).fit(x)
    assert estimator.rule_.reach == 1.5
    core = estimator.rule_.rows[:1]
    assert estimator.predict(core + 1.0) == estimator.rule_.clusters[:1]
    assert estimator.predict(core + 5000.0).tolist() == [-1]
