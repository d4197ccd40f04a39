"""People found by average linkage that allows for sizes, their number by a cut that no label sets."""

from __future__ import annotations

import numpy as np

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.linkage.average_tree import BLOCK, average_tree
from models.clustering.linkage.identity_threshold import Height, evidence, identity_height
from models.clustering.linkage.ward import cut
from models.clustering.partitions import Partition, refuse_beyond
from models.clustering.rows import unit_rows
from models.clustering.rules.nearest_mean import averages_of

ROUNDS = 3  # of the mean of people


def average_linkage(
    x: np.ndarray,
    n_clusters: int | None,
    random_state: int | None,
    distance_threshold: float | None = None,
    photo: np.ndarray | None = None,
) -> Partition:
    """Groups of the directions of rows x (n, d) about ``people_mean``; see ``linkage.average_tree``.

    The tree is cut at ``n_clusters``, or where that is None at the height ``distance_threshold``, or
    where both are by ``models.clustering.linkage.identity_threshold.identity_height``. ``photo`` (n,) int:
    two rows of one photo are two people. New points go to the group whose mean they are most like
    (``models.clustering.rules.nearest_mean``), and where the number was found are noise beyond the height of
    the cut.
    """
    refuse_beyond("average_linkage", len(x))
    origin = people_mean(x)
    if not np.ptp(x, axis=0).any():
        labels = np.zeros(len(x), np.int64)
        return Partition(labels, averages_of(x, labels, origin, float("inf")))
    rows = unit_rows(x, origin)
    tree = average_tree(rows, photo)
    if n_clusters is not None:
        labels = in_order(cut(tree, n_clusters))
        return Partition(labels, averages_of(x, labels, origin, float("inf")))
    if distance_threshold is None:
        chosen = identity_height(rows, tree, random_state)
    else:
        chosen = Height(distance_threshold, f"The height {distance_threshold:g} was given.")
    labels = in_order(chosen.labels(tree))
    rule = averages_of(x, labels, origin, chosen.height)
    return Partition(labels, rule, evidence(chosen, rows, tree, photo, random_state))


def people_mean(x: np.ndarray) -> np.ndarray:
    """The mean (d,) of rows x (n, d) in which each person counts about once, however many their rows.

    Every row is weighed by 1 over the sum of its squared cosines with rows on its side of the mean, three
    times about the mean so found. One person with a third of all photos has a third of their plain mean,
    and all others then look like one another, for they lie on the other side.
    """
    origin = x.mean(axis=0)
    for _ in range(ROUNDS):
        rows = unit_rows(x, origin).astype(np.float32)
        weights = np.empty(len(x))
        for start in range(0, len(x), BLOCK):
            cosines = np.maximum(rows[start : start + BLOCK] @ rows.T, 0)
            weights[start : start + BLOCK] = np.einsum("ij,ij->i", cosines, cosines)
        weights = 1 / np.maximum(weights, 1)
        origin = weights @ x / weights.sum()
    return origin
