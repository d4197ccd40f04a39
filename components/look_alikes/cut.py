"""The cosine that best tells the pairs of faces of one person from those of two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EQUAL = 1e-9  # errors nearer to each other than this are one: sums of shares, added in another order


@dataclass(frozen=True)
class Cut:
    """A threshold on likeness, and its error.

    Two faces are of one person where their cosine is at least ``threshold``. ``split`` is the share of pairs
    of one person below it, ``merged`` that of pairs of two people at or above it.
    """

    threshold: float
    split: float
    merged: float

    @property
    def error(self) -> float:
        """The mean of both shares: 0 parts all, 0.5 is guessing."""
        return (self.split + self.merged) / 2


def best_cut(same: np.ndarray, different: np.ndarray, weights: np.ndarray | None = None) -> Cut:
    """The cut of least error between the likenesses of pairs of one person (s,) and of two (d,).

    Where several cuts have that error, it is in the middle of the widest gap between likenesses. ``weights``
    (s,) are how much each pair of one person counts, by default as much as any other. Raises ValueError
    without pairs of both sorts.
    """
    if not len(same) or not len(different):
        raise ValueError(
            "A cut needs pairs of one person and of two. Expected at least one of each; received "
            f"{len(same)} and {len(different)}."
        )
    one = np.ones(len(same)) if weights is None else np.asarray(weights, np.float64)
    scores = np.concatenate([same, different]).astype(np.float64)
    order = np.argsort(scores, kind="stable")
    edges = edges_of(scores[order])
    below_same = cumulated(np.append(one / one.sum(), np.zeros(len(different)))[order])
    below_other = cumulated(
        np.append(np.zeros(len(same)), np.full(len(different), 1 / len(different)))[order]
    )
    errors = (below_same + 1 - below_other) / 2
    threshold = float(edges.cuts[int(chosen(errors[None], edges)[0])])
    return Cut(
        threshold, float(one[same < threshold].sum() / one.sum()), float((different >= threshold).mean())
    )


@dataclass(frozen=True)
class Edges:
    """All cuts of p rising likenesses: p + 1 thresholds ``cuts``, the one at place i above i likenesses.

    ``gaps`` (p + 1,) is how much room there is around each, -1 where two likenesses are equal and nothing
    can cut between them.
    """

    cuts: np.ndarray
    gaps: np.ndarray


def edges_of(rising: np.ndarray) -> Edges:
    """The cuts of rising likenesses (p,) float64: before the first, between each two, after the last."""
    gaps = np.diff(rising)
    middle = rising[:-1] + gaps / 2
    between = np.where(middle > rising[:-1], middle, rising[1:])  # of two neighbouring floats there is none
    cuts = np.concatenate([rising[:1], between, np.nextafter(rising[-1:], np.inf)])
    return Edges(cuts, np.concatenate([[0.0], np.where(gaps > 0, gaps, -1.0), [0.0]]))


def cumulated(weights: np.ndarray) -> np.ndarray:
    """Sums of the first 0 .. p weights along the last axis: (..., p + 1)."""
    first = np.zeros((*weights.shape[:-1], 1))
    return np.concatenate([first, np.cumsum(weights, axis=-1)], axis=-1)


def chosen(errors: np.ndarray, edges: Edges) -> np.ndarray:
    """The place of the best cut by each row of errors (r, p + 1), the widest gap among the least: (r,)."""
    possible = np.where(edges.gaps >= 0, errors, np.inf)
    least = possible.min(axis=1, keepdims=True)
    places: np.ndarray = np.where(possible <= least + EQUAL, edges.gaps, -np.inf).argmax(axis=1)
    return places
