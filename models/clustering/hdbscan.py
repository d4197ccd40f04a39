"""HDBSCAN on the graph of nearest neighbours, which finds the number of groups itself."""

from __future__ import annotations

from models.clustering.graphs.density import hdbscan_clusters
from models.clustering.graphs.neighbour_graph import N_NEIGHBORS
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of


class HDBSCANClusterer(PartitionClusterer):
    """HDBSCAN over the graph of ``n_neighbors`` neighbours; see ``density.hdbscan_clusters``.

    New points go to the group of their nearest row, and are noise if that row is noise.
    """

    def __init__(
        self,
        random_state: int | None = None,
        min_cluster_size: int = 2,
        min_samples: int | None = None,
        n_neighbors: int = N_NEIGHBORS,
    ) -> None:
        self.random_state = random_state
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.n_neighbors = n_neighbors

    def partition(self, rows: Rows) -> Partition:
        """The groups that stay together over the widest range of densities."""
        x = rows.x
        found, _ = hdbscan_clusters(
            x, self.min_cluster_size, self.min_samples, self.n_neighbors, self.random_state
        )
        return Partition(found, exemplars_of(x, found, self.random_state))
