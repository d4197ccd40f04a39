"""Spectral clustering of the graph of nearest neighbours."""

from __future__ import annotations

import numpy as np

from models.clustering.graphs.njw import grouped, spectral_coordinates
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of


class SpectralClusterer(PartitionClusterer):
    """Spectral clustering (Ng, Jordan and Weiss 2001) of the self-tuning graph of ``n_neighbors`` neighbours.

    ``coordinates`` are ``spectral_coordinates`` with at least ``n_clusters`` columns, if they are already
    known. New points go to the cluster of their nearest row.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        random_state: int | None = None,
        coordinates: np.ndarray | None = None,
        n_neighbors: int = 10,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.coordinates = coordinates
        self.n_neighbors = n_neighbors

    def partition(self, rows: Rows) -> Partition:
        """k-means of the unit rows of the first ``n_clusters`` coordinates."""
        x, k = rows.x, self.n_clusters
        if k == 1 or len(x) <= k:
            labels = np.arange(len(x)) if k > 1 else np.zeros(len(x), np.int64)
            return Partition(labels, exemplars_of(x, labels, self.random_state))
        coordinates = self.coordinates
        if coordinates is None:
            coordinates = spectral_coordinates(x, k, self.random_state, self.n_neighbors)
        labels, _ = grouped(coordinates, k, self.random_state)
        return Partition(labels, exemplars_of(x, labels, self.random_state))
