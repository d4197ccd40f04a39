"""Chinese Whispers on the graph of nearest neighbours, which finds the number of groups itself."""

from __future__ import annotations

from models.clustering.graphs.chinese_whispers import chinese_whispers
from models.clustering.graphs.edge_threshold import AUTO, thresholded_graph
from models.clustering.graphs.neighbour_graph import N_NEIGHBORS
from models.clustering.partition_clusterer import Partition, PartitionClusterer
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of


class ChineseWhispersClusterer(PartitionClusterer):
    """Chinese Whispers on the graph of ``n_neighbors`` neighbours; see ``models.clustering.graphs``.

    Edges longer than ``threshold`` are cut. It is a distance, "auto" for
    ``models.clustering.graphs.edge_threshold``, or None to cut nothing. ``mode`` says how edges are weighed.
    New points go to the group of their nearest row.
    """

    def __init__(
        self,
        random_state: int | None = None,
        threshold: float | str | None = AUTO,
        n_neighbors: int = N_NEIGHBORS,
        mode: str = "self-tuning",
    ) -> None:
        self.random_state = random_state
        self.threshold = threshold
        self.n_neighbors = n_neighbors
        self.mode = mode

    def partition(self, rows: Rows) -> Partition:
        """Groups of the graph."""
        x = rows.x
        graph = thresholded_graph(x, self.threshold, self.n_neighbors, self.random_state, self.mode)
        found = chinese_whispers(graph, self.random_state)
        return Partition(found, exemplars_of(x, found, self.random_state))
