"""Spectral clustering of the graph of nearest neighbours."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.manifold import spectral_embedding
from sklearn.neighbors import kneighbors_graph

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of
from models.devices.threads import tolerated_warnings


class SpectralClusterer(PartitionClusterer):
    """Spectral clustering (Ng, Jordan and Weiss 2002) of the graph of ``n_neighbors`` neighbours.

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
        """k-means of the rows' spectral coordinates."""
        x, k = rows.x, self.n_clusters
        refuse_beyond("spectral", len(x))
        if k == 1 or len(x) <= k:
            labels = np.arange(len(x)) if k > 1 else np.zeros(len(x), np.int64)
            return Partition(labels, exemplars_of(x, labels, self.random_state))
        coordinates = self.coordinates
        if coordinates is None:
            coordinates = spectral_coordinates(x, k, self.random_state, self.n_neighbors)
        kmeans = KMeans(k, n_init=4, random_state=self.random_state)
        with tolerated_warnings():
            found = kmeans.fit_predict(coordinates[:, :k])
        labels = in_order(found)
        return Partition(labels, exemplars_of(x, labels, self.random_state))


def spectral_coordinates(
    x: np.ndarray, n_components: int, random_state: int | None, n_neighbors: int = 10
) -> np.ndarray:
    """Coordinates (n, n_components) of x in the first eigenvectors of its neighbour graph's Laplacian.

    The graph joins every row to its ``n_neighbors`` nearest and is made symmetric by the mean. The columns
    are those of scikit-learn's ``SpectralClustering``, which groups the first k of them for k clusters.
    """
    graph = kneighbors_graph(x, min(n_neighbors, len(x) - 1), include_self=True)
    graph = 0.5 * (graph + graph.T)
    with tolerated_warnings():
        return spectral_embedding(
            graph,
            n_components=n_components,
            random_state=random_state,
            drop_first=False,
            eigen_solver="arpack" if len(x) > 5 * n_components else "lobpcg",
        )
