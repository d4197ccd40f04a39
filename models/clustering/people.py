"""Finds people by a recogniser that is known: linkage that allows for sizes, and unknown faces left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.clustering.linkage.average_tree import average_tree
from models.clustering.linkage.identity_threshold import Height, evidence
from models.clustering.linkage.people_cut import LOWEST, people_height, within_reach
from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows, rows_by_value, unit_rows
from models.clustering.rules.people import People, people_of

# A face may be FURTHER from a person of at least CROWD faces, beyond the height of the cut, if everybody else
# of CROWD faces is MARGIN further away.
FURTHER, CROWD, MARGIN = 0.008, 5, 0.01
CORE, POOL = 0.5, 8  # of POOL faces and more of one person this share is in one core at the lowest cut


class PeopleClusterer(PartitionClusterer):
    """Groups rows of length 1 by the tree of ``models.clustering.linkage.average_tree``.

    It is cut at ``height``, or where ``models.clustering.linkage.people_cut`` finds; a group that is many
    people (``cores_apart``) is cut at the lowest height. Groups of two faces and more are people. Then every
    face, also of these, goes to the person that ``models.clustering.rules.people`` names, or is unknown (-1).
    Two faces of one photo may be one person: in a mirror, on a poster, in a collage.
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
        apart, strict, told_of = cores_apart(chosen.labels(tree), Height(LOWEST, "").labels(tree))
        chosen = replace(chosen, reason=" ".join([chosen.reason, *told_of]))
        found = of_two_and_more(apart)
        people, first = np.unique(found[found >= 0], return_index=True)
        parted = strict[found >= 0][first] if len(people) else np.zeros(1, bool)
        reach = np.where(parted, min(LOWEST, chosen.height), chosen.height)
        further = np.where(parted, reach, reach + FURTHER)
        rule = people_of(unit, found, reach, further, CROWD, MARGIN)
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
    reach, further = (np.broadcast_to(one, rule.sizes.shape)[kept] for one in (rule.reach, rule.further))
    return replace(rule, means=rule.means[kept], sizes=rule.sizes[kept], reach=reach, further=further)


def cores_apart(labels: np.ndarray, cores: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Labels (n,) with the groups that are many people in parts, which faces are in these (n,), and why.

    One person's photos fall off a core one by one as the cut gets stricter. A group of people who look alike
    to the recogniser falls into many: dlib's knows some people less well, men from East Asia above all, and
    takes 18 of LFW for one. So a group of ``POOL`` faces and more, of which less than ``CORE`` are in one of
    ``cores`` (n,), the labels at a stricter cut, is these.
    """
    out, strict = labels.copy(), np.zeros(len(labels), bool)
    for rows in rows_by_value(labels):
        if len(rows) >= POOL and np.unique(cores[rows], return_counts=True)[1].max() < CORE * len(rows):
            out[rows] = len(labels) + cores[rows]  # no group has such a number yet
            strict[rows] = True
    if not strict.any():
        return out, strict, []
    said = (
        f"Cut at {LOWEST:g} as being many people, for no core of them had half of the faces, as a person's "
        f"photos have: groups {len(np.unique(labels[strict]))}, faces {strict.sum()}."
    )
    return out, strict, [said]


def of_two_and_more(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) in which a group of one is -1, and the others are 0 .. k-1 by their first rows."""
    _, first, inverse, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    kept = np.flatnonzero(sizes > 1)
    names = np.full(len(sizes), -1)
    names[kept[np.argsort(first[kept])]] = np.arange(len(kept))
    return names[inverse]
