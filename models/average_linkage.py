"""People found by average linkage that allows for sizes, their number by a cut that no label sets."""

from __future__ import annotations

import numpy as np

from models.average_tree import average_tree
from models.averages import averages_of, unit_rows
from models.chinese_whispers import in_order
from models.identity_threshold import Height, evidence, identity_height
from models.partitions import Partition, refuse_beyond
from models.ward import cut, group_means


def average_linkage(
    x: np.ndarray,
    n_clusters: int | None,
    random_state: int | None,
    distance_threshold: float | None = None,
    photo: np.ndarray | None = None,
) -> Partition:
    """Groups of the directions of rows x (n, d) about where strangers lie; see ``models.average_tree``.

    Strangers lie about the mean over people, of which each counts once: first the mean of all rows, then
    that of the groups found about it, for one person with many photos draws the mean of all towards them.
    The tree is cut at ``n_clusters``, or where that is None at the height ``distance_threshold``, or
    where both are by ``models.identity_threshold.identity_height``. ``photo`` (n,) int: two rows of one
    photo are two people. New points go to the group that they are most like by its mean row
    (``models.averages``), and where the number was found are noise beyond the height of the cut.
    """
    refuse_beyond("average_linkage", len(x))
    origin = x.mean(axis=0)
    if not np.ptp(x, axis=0).any():
        labels = np.zeros(len(x), np.int64)
        return Partition(labels, averages_of(x, labels, origin, float("inf")))
    rows = unit_rows(x, origin)
    tree = average_tree(rows, photo)
    first = identity_height(rows, tree, random_state).labels(tree)
    origin = group_means(x, first).mean(axis=0)
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
