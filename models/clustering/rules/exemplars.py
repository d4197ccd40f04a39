"""Rows that stand for their clusters: how a grouping without a density takes new points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.clustering.graphs.neighbour_graph import nearest as nearest_rows
from models.clustering.rows import checked
from models.clustering.rules.assignment import BLOCK, NOISE, Assignment, Rule
from schemas.samples import batches_of

MOST_EXEMPLARS = 20_000  # of one grouping: 10 MB in a served model of 128 dimensions
CORRECTING = 0.25  # the most of these that are rows which a sample alone puts elsewhere


@dataclass(frozen=True)
class Exemplars(Rule):
    """Rows (m, d) float64 with a cluster each (m,) int64, and how far they reach, a distance.

    A new point belongs to the cluster of its nearest exemplar, but is noise (-1) if that is further away than
    ``reach``. An exemplar may be noise itself (cluster -1), and then a point nearest to it is noise too.
    ``index`` (m,) says which of the fitted rows the exemplars are.
    """

    kind: ClassVar[str] = "exemplars"

    rows: np.ndarray
    clusters: np.ndarray
    index: np.ndarray
    reach: float = float("inf")

    def assign(self, x: np.ndarray) -> Assignment:
        """Points x (n, d) go to the cluster of their nearest exemplar; see ``Rule.assign``."""
        return as_told(nearest(self, checked(x)))

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Minus the squared distance to the nearest other exemplar of the row's label, or NaN: (n,)."""
        return -own_distances(self, checked(x), labels)


@dataclass(frozen=True)
class Nearest:
    """For each of n points: ``cluster`` int64, and two squared distances to nearest exemplars.

    ``own`` is for the point's own cluster, ``other`` for all other clusters; it is infinite if there are
    none. ``cluster`` is -1 for noise.
    """

    cluster: np.ndarray
    own: np.ndarray
    other: np.ndarray


def exemplars_of(
    x: np.ndarray, labels: np.ndarray, random_state: int | None, reach: float = float("inf")
) -> Exemplars:
    """Makes every row of x (n, d) an exemplar of its label (n,), noise too; above 20,000 rows only some.

    These are a seeded sample, which takes from every cluster its share of rows, and at least one; and up to a
    quarter of them rows whose nearest row of such a sample has another label, as in the condensed nearest
    neighbour rule (Hart, IEEE Transactions on Information Theory 14(3), 1968).
    """
    index = np.arange(len(x))
    if len(x) > MOST_EXEMPLARS:
        index = _some(x, labels, random_state, reach)
    return Exemplars(np.asarray(x[index], np.float64), labels[index], index, reach)


def _some(x: np.ndarray, labels: np.ndarray, random_state: int | None, reach: float) -> np.ndarray:
    """The sorted indices of the rows that become exemplars."""
    correcting = int(CORRECTING * MOST_EXEMPLARS)
    sample = spread_sample(labels, MOST_EXEMPLARS - correcting, random_state)
    distances, found = nearest_rows(x[sample], x, 1)
    told = np.where(distances[:, 0] > reach, NOISE, labels[sample][found[:, 0]])
    wrong = np.flatnonzero(told != labels)
    if len(wrong) > correcting:
        wrong = wrong[spread_sample(labels[wrong], correcting, random_state)]
    return np.union1d(spread_sample(labels, MOST_EXEMPLARS - len(wrong), random_state), wrong)


def spread_sample(labels: np.ndarray, most: int, random_state: int | None) -> np.ndarray:
    """The sorted indices of about ``most`` of n rows: every label has its share, and at least one."""
    order = np.random.default_rng(random_state).permutation(len(labels))
    _, codes, sizes = np.unique(labels[order], return_inverse=True, return_counts=True)
    by_label = np.argsort(codes, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank = np.empty(len(labels), np.int64)
    rank[by_label] = np.arange(len(labels)) - np.repeat(starts, sizes)
    quota = np.maximum(1, np.floor(sizes * most / len(labels))).astype(np.int64)
    return np.sort(order[rank < quota[codes]])


def nearest(exemplars: Exemplars, x: np.ndarray) -> Nearest:
    """Applies the rule to points x (n, d); raises ValueError if d is not that of the exemplars."""
    x = np.asarray(x, np.float64)
    d = exemplars.rows.shape[1]
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(f"Expected rows of shape (n, {d}), as the clusters were fitted on; got {x.shape}.")
    origin = exemplars.rows.mean(axis=0)  # keeps the sums of squares small, and so exact
    rows, points = exemplars.rows - origin, x - origin
    order = np.argsort(exemplars.clusters, kind="stable")
    rows, clusters = rows[order], exemplars.clusters[order]
    starts = np.flatnonzero(np.diff(clusters, prepend=clusters[0] - 1))
    largest = np.square(rows).sum(axis=1).max()
    cluster = np.empty(len(x), np.int64)
    own, other = np.empty(len(x)), np.full(len(x), np.inf)
    for part in batches_of(len(x), max(1, BLOCK // len(rows))):
        squared = squared_distances(points[part], rows)
        off = rounding(d) * (np.square(points[part]).sum(axis=1) + largest)
        closest = np.minimum.reduceat(squared, starts, axis=1)  # (b, number of clusters)
        closest, first = first_nearest(closest, off[:, None])
        line = np.arange(len(first))
        own[part] = closest[line, first]
        cluster[part] = clusters[starts][first]
        if len(starts) > 1:
            closest[line, first] = np.inf
            other[part] = closest.min(axis=1)
    cluster[own > exemplars.reach**2] = NOISE
    return Nearest(cluster, own, other)


def rounding(d: int) -> float:
    """How far a squared distance in d dimensions may be off, as a share of both points' squared lengths.

    Each of its three sums has d terms, and the mixed one counts twice.
    """
    return 4 * (d + 2) * float(np.finfo(np.float64).eps)


def first_nearest(distances: np.ndarray, off: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Distances (n, k), 0 where they are at most ``off``, and the first cluster of the nearest ones: (n,).

    Where equal rows are in several clusters, only roundings tell their distances apart, and another library
    rounds otherwise: distances that differ by no more than ``off`` count as equal.
    """
    distances = np.where(distances <= off, 0.0, distances)
    near = distances <= distances.min(axis=1, keepdims=True) + off
    return distances, near.argmax(axis=1)


def squared_distances(x: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances of x (n, d) to rows (m, d): (n, m), at least 0."""
    squared = np.square(x).sum(axis=1)[:, None] - 2 * x @ rows.T + np.square(rows).sum(axis=1)
    return np.maximum(squared, 0, out=squared)


def confidence(found: Nearest) -> np.ndarray:
    """How clearly each point is in its cluster: float64 (n,), 0.5 (half-way to another) to 1; noise 0.

    It is other² / (own² + other²), with the distances to the nearest exemplar of its own cluster and of any
    other; 1 if there is no other cluster.
    """
    total = found.own + found.other
    share = np.divide(
        found.other, total, out=np.full(len(total), 0.5), where=np.isfinite(total) & (total > 0)
    )
    share[np.isinf(found.other)] = 1.0
    return np.where(found.cluster == NOISE, 0.0, share)


def as_told(found: Nearest) -> Assignment:
    """The assignment of a rule by distances: the nearer a point is, the more familiar."""
    return Assignment(found.cluster, confidence(found), -found.own)


def own_distances(exemplars: Exemplars, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Squared distance of fitted rows x (n, d) to the nearest *other* exemplar of their label (n,).

    It is NaN if there is none: for noise, clusters of one row, and the only exemplar of a cluster.
    """
    out = np.full(len(x), np.nan)
    itself = np.full(len(x), -1)
    itself[exemplars.index] = np.arange(len(exemplars.index))
    for label in np.unique(labels[labels >= 0]).tolist():
        members = np.flatnonzero(labels == label)
        theirs = np.flatnonzero(exemplars.clusters == label)
        if not len(theirs):
            continue
        rows = exemplars.rows[theirs]
        origin = rows.mean(axis=0)
        for some in batches_of(len(members), max(1, BLOCK // len(rows))):
            part = members[some]
            squared = squared_distances(x[part] - origin, rows - origin)
            squared[itself[part][:, None] == theirs] = np.inf
            out[part] = squared.min(axis=1)
    return np.where(np.isfinite(out), out, np.nan)
