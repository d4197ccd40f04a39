"""Agglomerative clustering: a tree of merges, cut at a number of clusters or by height."""

from __future__ import annotations

import numpy as np

from models.clustering.linkage.hierarchy import linkage_tree, merge_threshold
from models.clustering.linkage.ward import cut
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import exemplars_of


class AgglomerativeClusterer(PartitionClusterer):
    """SciPy's linkage, "ward" or "average", cut at ``n_clusters``, or by height if that is None.

    The height is ``distance_threshold``, or, if that is None, the knee of the merges' heights
    (``models.clustering.linkage.hierarchy.merge_threshold``). ``tree`` is the rows' linkage matrix, if it is
    already known. New points go to the cluster of their nearest row.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        random_state: int | None = None,
        linkage: str = "ward",
        distance_threshold: float | None = None,
        tree: np.ndarray | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.linkage = linkage
        self.distance_threshold = distance_threshold
        self.tree = tree

    def partition(self, rows: Rows) -> Partition:
        """The groups below the cut; raises ValueError on an unknown linkage."""
        x, n_clusters = rows.x, self.n_clusters
        refuse_beyond("agglomerative", len(x))
        tree = linkage_tree(x, self.linkage) if self.tree is None else self.tree
        if n_clusters is None:
            height = merge_threshold(tree) if self.distance_threshold is None else self.distance_threshold
            n_clusters = len(x) - int((tree[:, 2] <= height).sum())
        labels = cut(tree, n_clusters)
        return Partition(labels, exemplars_of(x, labels, self.random_state))
