"""Finds people by average linkage that allows for sizes, and their number without labels."""

from __future__ import annotations

import numpy as np

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.linkage.average_tree import BLOCK, average_tree
from models.clustering.linkage.identity_threshold import Height, evidence, identity_height
from models.clustering.linkage.ward import cut
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows, unit_rows
from models.clustering.rules.nearest_mean import averages_of
from schemas.samples import batches_of

ROUNDS = 3  # of the mean of people


class AverageLinkageClusterer(PartitionClusterer):
    """Groups the directions of rows from ``people_mean``; see ``models.clustering.linkage.average_tree``.

    The tree is cut at ``n_clusters``. If that is None, it is cut at the height ``distance_threshold``, and if
    both are None, at the height that ``models.clustering.linkage.identity_threshold.identity_height`` finds.
    Two rows of one photo are two people. New points go to the group whose mean they are most similar to
    (``models.clustering.rules.nearest_mean``). If the number of groups was not given, points beyond the
    height of the cut are noise.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        random_state: int | None = None,
        distance_threshold: float | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.distance_threshold = distance_threshold

    def partition(self, rows: Rows) -> Partition:
        """The groups below the cut and, if their number was not given, the evidence for it."""
        x = rows.x
        refuse_beyond("average_linkage", len(x))
        origin = people_mean(x)
        if not np.ptp(x, axis=0).any():
            labels = np.zeros(len(x), np.int64)
            return Partition(labels, averages_of(x, labels, origin, float("inf")))
        directions = unit_rows(x, origin)
        tree = average_tree(directions, rows.photos)
        if self.n_clusters is not None:
            labels = in_order(cut(tree, self.n_clusters))
            return Partition(labels, averages_of(x, labels, origin, float("inf")))
        if self.distance_threshold is None:
            chosen = identity_height(directions, tree, self.random_state)
        else:
            chosen = Height(self.distance_threshold, f"The height {self.distance_threshold:g} was given.")
        labels = in_order(chosen.labels(tree))
        rule = averages_of(x, labels, origin, chosen.height)
        seen = evidence(chosen, rows.moved_to(directions), tree, self.random_state)
        return Partition(labels, rule, seen)


def people_mean(x: np.ndarray) -> np.ndarray:
    """The mean (d,) of rows x (n, d) in which each person counts about once, however many rows they have.

    Every row is weighed by 1 over the sum of its squared cosines with the rows on its side of the mean. This
    is repeated three times from the mean so found. In the plain mean, a person with a third of all photos
    counts a third, and then all others look alike, because they are on the other side of that mean.
    """
    origin = x.mean(axis=0)
    for _ in range(ROUNDS):
        rows = unit_rows(x, origin).astype(np.float32)
        weights = np.empty(len(x))
        for part in batches_of(len(x), BLOCK):
            cosines = np.maximum(rows[part] @ rows.T, 0)
            weights[part] = np.einsum("ij,ij->i", cosines, cosines)
        weights = 1 / np.maximum(weights, 1)
        origin = weights @ x / weights.sum()
    return origin
