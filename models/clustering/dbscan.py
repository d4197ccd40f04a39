"""DBSCAN: groups are where rows are close together; rows that are apart are noise."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import DBSCAN

from models.clustering.graphs.density import dbscan_clusters
from models.clustering.graphs.edge_threshold import edge_threshold
from models.clustering.graphs.neighbour_graph import N_NEIGHBORS, neighbours
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import Exemplars

EXACT_ROWS = 20_000  # up to which every pair is looked at


class DBSCANClusterer(PartitionClusterer):
    """DBSCAN (Ester et al. 1996); if ``eps`` is None, ``graphs.edge_threshold`` finds it without labels.

    Above 20,000 rows, cores are joined by the graph of ``n_neighbors`` neighbours
    (``models.clustering.graphs.density.dbscan_clusters``) and not by every pair. New points go to the cluster
    of the nearest core point within ``eps``. Without one they are noise.
    """

    def __init__(
        self,
        random_state: int | None = None,
        eps: float | None = None,
        min_samples: int = 5,
        n_neighbors: int = N_NEIGHBORS,
    ) -> None:
        self.random_state = random_state
        self.eps = eps
        self.min_samples = min_samples
        self.n_neighbors = n_neighbors

    def partition(self, rows: Rows) -> Partition:
        """Groups of core rows and of the rows within ``eps`` of them."""
        x, min_samples = rows.x, self.min_samples
        distances, indices = neighbours(x, max(self.n_neighbors, min_samples), self.random_state)
        eps = self.eps
        if eps is None:
            eps = edge_threshold(x, distances, indices, self.random_state) if indices.size else 0.0
        eps = max(float(eps), float(np.finfo(np.float64).tiny))
        if len(x) <= EXACT_ROWS:
            estimator = DBSCAN(eps=eps, min_samples=min_samples).fit(x)
            core = np.asarray(estimator.core_sample_indices_, np.int64)
            labels = np.asarray(estimator.labels_, np.int64)
        else:
            labels = dbscan_clusters(distances, indices, eps, min_samples)
            core = np.flatnonzero(distances[:, min_samples - 2] <= eps)
        if not len(core):  # all noise: an exemplar that reaches nothing keeps the rule's shape
            return Partition(labels, Exemplars(x[:1], np.full(1, -1), np.zeros(1, np.int64), 0.0))
        return Partition(labels, Exemplars(x[core], labels[core], core, eps))
