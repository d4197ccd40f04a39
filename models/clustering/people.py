"""Finds people by a recogniser that is known: linkage that allows for sizes, and unknown faces left alone."""

from __future__ import annotations

import numpy as np

from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import Height, evidence
from models.clustering.linkage.people_cut import people_height
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows, unit_rows
from models.clustering.rules.people import people_of

FURTHER = 0.008  # that a face may be from a person of at least CROWD faces, beyond the height of the cut,
CROWD = 5
MARGIN = 0.01  # if everybody else is so much further away


class PeopleClusterer(PartitionClusterer):
    """Groups rows of length 1 by the tree of ``models.clustering.linkage.average_tree``.

    It is cut at ``height``, or where ``models.clustering.linkage.people_cut`` finds. Groups of two faces and
    more are people. Then every face, also of these, goes to the person that
    ``models.clustering.rules.people`` names, or is unknown (-1). Two faces of one photo may be one person: in
    a mirror, on a poster, in a collage.
    """

    def __init__(self, random_state: int | None = None, height: float | None = None) -> None:
        self.random_state = random_state
        self.height = height

    def partition(self, rows: Rows) -> Partition:
        """The people, and the evidence for the cut."""
        refuse_beyond("people", len(rows))
        unit = unit_rows(rows.x)
        tree = average_tree(unit)
        if self.height is None:
            chosen = people_height(unit, self.random_state)
        else:
            chosen = Height(self.height, f"The height {self.height:g} was given.")
        found = of_two_and_more(chosen.labels(tree))
        rule = people_of(unit, found, chosen.height, chosen.height + FURTHER, CROWD, MARGIN)
        seen = evidence(chosen, rows.moved_to(unit), tree, self.random_state)
        return Partition(rule.assign(rows.x).cluster, rule, seen)


def of_two_and_more(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) in which a group of one is -1, and the others are 0 .. k-1 by their first rows."""
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(sizes > 1)
    names = np.full(len(sizes), -1)
    names[kept[np.argsort(first[kept])]] = np.arange(len(kept))
    return names[inverse]
