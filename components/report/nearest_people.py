"""Whom the faces in no group are most like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.clustering.rules.assignment import BLOCK, Rule
from schemas.samples import batches_of

NEAREST = 3  # groups that are named of each face


@dataclass(frozen=True)
class NearestPeople:
    """The nearest groups of u faces in no group, the face that is most like one of them first.

    ``faces`` (u,) int are indices of faces, ``people`` (u, p) int the clusters of its p nearest groups, the
    nearest first, and ``likeness`` (u, p) how alike they are, 0 to 1. From a likeness of ``needed`` on a face
    belongs to a group.
    """

    faces: np.ndarray
    people: np.ndarray
    likeness: np.ndarray
    needed: float


def nearest_people(rule: Rule, points: np.ndarray, clusters: np.ndarray) -> NearestPeople | None:
    """The groups that the points (n, m) in no group, cluster -1 of (n,), are nearest to, by the rule.

    None if there are no such points, no group, or if the rule knows no likeness to groups.
    """
    faces = np.flatnonzero(np.asarray(clusters) < 0)
    groups = np.unique(clusters[clusters >= 0])
    if not len(faces) or not len(groups):
        return None
    found, alike = [], []
    for part in batches_of(len(faces), max(1, BLOCK // (int(groups.max()) + 1))):
        of_all = rule.distances(points[faces[part]])
        if of_all is None:
            return None
        away = of_all[:, groups]
        order = np.argsort(away, axis=1, kind="stable")[:, :NEAREST]
        found.append(groups[order])
        alike.append(1 - np.take_along_axis(away, order, axis=1))
    people, likeness = np.concatenate(found), np.concatenate(alike)
    first = np.argsort(-likeness[:, 0], kind="stable")
    needed = 1 - float(np.max(getattr(rule, "reach", 1.0)))
    return NearestPeople(faces[first], people[first], likeness[first], needed)
