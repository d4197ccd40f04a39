"""Finds people by a recogniser that is known: linkage that allows for sizes, and unknown faces left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import Height, evidence
from models.clustering.linkage.people_cut import people_height, within_reach
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows, unit_rows
from models.clustering.rules.people import People, people_of

FURTHER = 0.008  # that a face may be from a person of at least CROWD faces, beyond the height of the cut,
CROWD = 5
MARGIN = 0.01  # if everybody else of CROWD faces is so much further away


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
        rule = with_faces(rule, rule.assign(rows.x).cluster)
        n, told = len(rows), rows.moved_to(unit)
        seen = evidence(
            chosen,
            told,
            tree,
            self.random_state,
            lambda at, _, *of: within_reach(at, n, *of),
            2 * chosen.height,
        )
        seen = replace(seen, kept_apart=False)
        return Partition(rule.assign(rows.x).cluster, rule, seen)


def with_faces(rule: People, cluster: np.ndarray) -> People:
    """The rule for those of its people that some of the faces, assigned to cluster (n,), went to.

    Without the others, nobody loses a face: each has only fewer people near it.
    """
    kept = np.unique(cluster[cluster >= 0])
    if len(kept) == 0:
        kept = np.arange(1)  # somebody, and no face is near
    return replace(rule, means=rule.means[kept], sizes=rule.sizes[kept])


def of_two_and_more(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) in which a group of one is -1, and the others are 0 .. k-1 by their first rows."""
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(sizes > 1)
    names = np.full(len(sizes), -1)
    names[kept[np.argsort(first[kept])]] = np.arange(len(kept))
    return names[inverse]
