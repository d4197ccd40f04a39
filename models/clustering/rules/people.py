"""People by the mean of their faces: a person of many faces reaches further than one of two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.clustering.rows import SHORTEST, checked, group_means, unit_rows
from models.clustering.rules.assignment import BLOCK, NOISE, Assignment, Rule
from models.clustering.rules.exemplars import Nearest, as_told
from models.clustering.rules.nearest_group import nearest_group
from schemas.samples import batches_of


@dataclass(frozen=True)
class People(Rule):
    """How far a face is from each person, by the similarity that ``average_tree`` joins groups by.

    A face x of length 1 is 1 - x @ m / sqrt(|m|) away from a person whose faces have the mean m. It is the
    nearest person's if that is at most this person's ``reach``. It may be up to ``further`` if the person has
    at least ``crowd`` faces, and any other person of as many is at least ``margin`` further away: two or
    three faces apart may be the same person's. All other faces are noise (-1). ``means`` (k, d) float64 are
    the people's means, ``sizes`` (k,) count their faces, and ``reach`` and ``further`` are one number for all
    or (k,).
    """

    kind: ClassVar[str] = "people"

    means: np.ndarray
    sizes: np.ndarray
    reach: np.ndarray | float
    further: np.ndarray | float
    crowd: int
    margin: float

    @property
    def known_above(self) -> float:
        """Minus the longest reach: who is further away, in a group for its many faces, is not surely known.

        Of a library's own faces more are right than wrong there. Of new photos, among which are people who
        are not in the library, one in twelve would be given to somebody: see docs/results/people.md.
        """
        return -float(np.max(self.reach))

    def assign(self, x: np.ndarray) -> Assignment:
        """Assigns points x (n, d) to the nearest person; see ``Rule.assign``."""
        return as_told(nearest_person(self, checked(x)))

    def distances(self, x: np.ndarray) -> np.ndarray:
        """How far points x (n, d) are from each person: (n, k); see ``Rule.distances``."""
        return distances_to(scaled(self.means), checked(x))

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Minus the distance to the mean of the others of the row's label, or NaN: (n,)."""
        return -own_distances(self, checked(x), labels)


def scaled(means: np.ndarray) -> np.ndarray:
    """Means (..., d) over the root of their lengths; a mean of length 0 stays."""
    lengths = np.linalg.norm(means, axis=-1, keepdims=True)
    scaled: np.ndarray = means / np.sqrt(np.maximum(lengths, SHORTEST))
    return scaled


def people_of(
    x: np.ndarray,
    labels: np.ndarray,
    reach: np.ndarray | float,
    further: np.ndarray | float,
    crowd: int,
    margin: float,
) -> People:
    """The rule for people 0 .. k-1 of rows x (n, d), which labels (n,) give; -1 is nobody.

    Where all are nobody there is one person without faces, whom no face is near to.
    """
    known = labels >= 0
    means = group_means(unit_rows(x[known]), labels[known]) if known.any() else np.zeros((1, x.shape[1]))
    sizes = np.bincount(labels[known], minlength=1)
    return People(means, sizes, reach, further, crowd, margin)


def nearest_person(people: People, x: np.ndarray) -> Nearest:
    """Applies the rule to points x (n, d); raises ValueError for another d."""
    directions = scaled(people.means)

    def away(points: np.ndarray) -> np.ndarray:
        return distances_to(directions, points)

    found = nearest_group(away, x, people.means.shape, "people were found in")
    many = people.sizes >= people.crowd
    reach, further = (np.broadcast_to(one, many.shape) for one in (people.reach, people.further))
    limit = reach[found.cluster].astype(float)
    near = (found.own > limit) & (found.own <= further[found.cluster])
    beyond = np.flatnonzero(many[found.cluster] & near)
    for part in batches_of(len(beyond), max(1, BLOCK // len(many))):
        rows = beyond[part]
        distances = np.where(many, away(x[rows]), np.inf)
        distances[np.arange(len(rows)), found.cluster[rows]] = np.inf
        clear = distances.min(axis=1) - found.own[rows] >= people.margin
        limit[rows[clear]] = further[found.cluster[rows[clear]]]
    found.cluster[found.own > limit] = NOISE
    return found


def distances_to(directions: np.ndarray, x: np.ndarray) -> np.ndarray:
    """How far points x (n, d) are from people by their ``scaled`` means (k, d): (n, k)."""
    away: np.ndarray = np.maximum(1 - unit_rows(x) @ directions.T, 0)
    return away


def own_distances(people: People, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The distance of fitted rows x (n, d) to the mean of the *others* of their fitted label (n,).

    It is NaN if there are none, and for noise.
    """
    rows, out = unit_rows(np.asarray(x, np.float64)), np.full(len(x), np.nan)
    known = np.flatnonzero(labels >= 0)
    known = known[people.sizes[labels[known]] > 1]
    sizes = people.sizes[labels[known]][:, None]
    others = (people.means[labels[known]] * sizes - rows[known]) / (sizes - 1)
    out[known] = np.maximum(1 - np.einsum("ij,ij->i", rows[known], scaled(others)), 0)
    return out
