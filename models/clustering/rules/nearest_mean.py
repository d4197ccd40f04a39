"""Groups by their mean rows: how linkage for people assigns new points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.clustering.rows import SHORTEST, checked, group_means, unit_rows
from models.clustering.rules.assignment import NOISE, Assignment, Rule
from models.clustering.rules.exemplars import Nearest, as_told
from models.clustering.rules.nearest_group import nearest_group


@dataclass(frozen=True)
class Averages(Rule):
    """The mean directions of groups of rows; one product gives a new point's similarity to all of them.

    First, ``origin`` (d,) is subtracted from a point and the result scaled to unit length. The point belongs
    to the group with which it has the largest cosine, among the means of k groups of such rows,
    ``directions`` (k, d) float64 of unit length. If 1 minus that cosine is above ``reach``, the point is
    noise (-1). ``sums`` (k,) are the lengths of the groups' sums, and ``sizes`` (k,) count their rows.
    """

    kind: ClassVar[str] = "averages"

    directions: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    origin: np.ndarray
    reach: float = float("inf")

    def assign(self, x: np.ndarray) -> Assignment:
        """Assigns points x (n, d) to the group with the most similar mean; see ``Rule.assign``."""
        return as_told(nearest_average(self, checked(x)))

    def distances(self, x: np.ndarray) -> np.ndarray:
        """1 minus the cosine of points x (n, d) with each group's mean direction: (n, k)."""
        return distances_to(self, checked(x))

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The cosine with the mean of the others of the row's label, minus 1, or NaN: (n,)."""
        return -own_average_distances(self, checked(x), labels)


def averages_of(x: np.ndarray, labels: np.ndarray, origin: np.ndarray, reach: float) -> Averages:
    """The rule for groups 0 .. k-1 of rows x (n, d), which labels (n,) give."""
    sizes = np.bincount(labels)
    sums = group_means(unit_rows(x, origin), labels) * sizes[:, None]
    lengths = np.linalg.norm(sums, axis=1)
    return Averages(sums / np.maximum(lengths, SHORTEST)[:, None], lengths, sizes, origin, reach)


def nearest_average(averages: Averages, x: np.ndarray) -> Nearest:
    """Applies the rule to points x (n, d), by 1 minus cosine, at least 0; raises ValueError for another d."""

    def away(points: np.ndarray) -> np.ndarray:
        return distances_to(averages, points)

    found = nearest_group(away, x, averages.directions.shape, "clusters were fitted on")
    found.cluster[found.own > averages.reach] = NOISE
    return found


def distances_to(averages: Averages, x: np.ndarray) -> np.ndarray:
    """1 minus the cosine of points x (n, d) with each group's mean direction, at least 0: (n, k)."""
    away: np.ndarray = np.maximum(1 - unit_rows(x, averages.origin) @ averages.directions.T, 0)
    return away


def own_average_distances(averages: Averages, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """1 minus the cosine of fitted rows x (n, d) with the mean of the *others* of their fitted label (n,).

    It is NaN if there are none.
    """
    rows = unit_rows(np.asarray(x, np.float64), averages.origin)
    along = np.einsum("ij,ij->i", rows, averages.directions[labels]) * averages.sums[labels]
    own = np.square(rows).sum(axis=1)
    rest = np.sqrt(np.maximum(averages.sums[labels] ** 2 - 2 * along + own, 0))
    cosine = np.divide(along - own, rest, out=np.zeros(len(rows)), where=rest > SHORTEST)
    return np.where(averages.sizes[labels] > 1, np.maximum(1 - cosine, 0), np.nan)
