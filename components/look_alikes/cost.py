"""What a threshold costs the people of a library: pairs of two people joined, pairs of one person split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluate.figures.intervals import LEVEL, REPLICATES, draws
from components.look_alikes.cut import Cut, best_cut
from components.look_alikes.hardest import sampled
from components.look_alikes.library import Library
from models.clustering.linkage.similarity import cosines
from models.clustering.rows import rows_by_value
from schemas.samples import batches_of

BLOCK = 1024  # faces that are compared with all others at a time
STRANGERS = 400_000  # seeded pairs of two people by which the threshold for everybody is chosen


@dataclass(frozen=True)
class Share:
    """A share of pairs of faces, with its 95% interval by photos; ``count`` of ``pairs``."""

    value: float
    low: float
    high: float
    count: int
    pairs: int


@dataclass(frozen=True)
class Cost:
    """What a threshold does: the pairs of two people it takes for one, and those of one it takes for two."""

    threshold: float
    merged: Share
    split: Share


def threshold_for_all(library: Library, random_state: int = 0) -> Cut:
    """The cut that tells one person from two best over the whole library, where every person counts alike.

    Pairs of two people are seeded random ones; of each person at most ``hardest.MOST`` faces are compared.
    """
    x, own, weights = library.x, [], []
    known = np.flatnonzero(library.person >= 0)
    for rows in rows_by_value(library.person[known]):
        chosen = sampled(known[rows])
        a, b = np.triu_indices(len(chosen), 1)
        kept = library.photo[chosen[a]] != library.photo[chosen[b]]
        if kept.any():
            own.append((x[chosen] @ x[chosen].T)[a, b][kept])
            weights.append(np.full(kept.sum(), 1 / kept.sum()))
    if not own:
        raise ValueError(
            "Nobody has two photos. Expected at least one person with two, to tell what two photos of one "
            "person are like. Give more photos."
        )
    pairs = known[np.random.default_rng(random_state).integers(len(known), size=(2, STRANGERS))]
    pairs = pairs[:, library.person[pairs[0]] != library.person[pairs[1]]]
    return best_cut(np.concatenate(own), cosines(x, pairs), np.concatenate(weights))


def costs(
    library: Library, pairs: Sequence[tuple[int, int]], thresholds: Sequence[float], everybody: float
) -> list[tuple[Cost, Cost]]:
    """What each pair's threshold, and the one for everybody, do to all people but the pair.

    Returns for each pair the costs of its own threshold, used for everybody else, and of ``everybody``. The
    95% intervals are a bootstrap over photos: a pair of faces counts as its two photos are drawn, to first
    order (Hoeffding's projection), so that n faces take n numbers instead of n x n.
    """
    known = np.flatnonzero(library.person >= 0)
    known = known[np.argsort(library.person[known], kind="stable")]
    tried = sorted({float(everybody), *map(float, thresholds)})
    counted = _Counted(
        library.x[known],
        library.person[known],
        np.unique(library.photo[known], return_inverse=True)[1],
        tried,
    )
    drawn = draws(int(counted.photo.max()) + 1, REPLICATES) - 1.0
    found = []
    for (one, other), own in zip(pairs, thresholds, strict=True):
        out = np.isin(counted.person, (one, other))
        found.append(tuple(counted.cost(level, out, drawn) for level in (float(own), float(everybody))))
    return [(own, shared) for own, shared in found]


class _Counted:
    """For each face, and each threshold, how many faces of others and of its own person are at least as like.

    ``x`` (n, d) unit rows, sorted by ``person`` (n,); ``photo`` (n,) are numbered from 0 up.
    """

    def __init__(self, x: np.ndarray, person: np.ndarray, photo: np.ndarray, tried: list[float]) -> None:
        self.x, self.person, self.photo, self.tried = x, person, photo, tried
        n, t = len(x), len(tried)
        self.above, self.below = np.zeros((t, n), np.int64), np.zeros((t, n), np.int64)
        self.own_pairs, self.sizes = np.zeros(n, np.int64), np.bincount(person)[person]
        for rows in batches_of(n, BLOCK):
            alike = x[rows] @ x.T
            for i, level in enumerate(tried):
                self.above[i, rows] = (alike >= np.float32(level)).sum(axis=1)
        for own in rows_by_value(person):
            alike = x[own] @ x[own].T
            apart = photo[own][:, None] != photo[own]
            self.own_pairs[own] = apart.sum(axis=1)
            for i, level in enumerate(tried):
                near = alike >= np.float32(level)
                self.above[i, own] -= near.sum(axis=1)
                self.below[i, own] = (~near & apart).sum(axis=1)

    def cost(self, level: float, out: np.ndarray, drawn: np.ndarray) -> Cost:
        """The cost of a threshold for all but the faces ``out`` (n,); ``drawn`` (r, photos) are draws - 1."""
        i, rest = self.tried.index(level), ~out
        with_out = (self.x[rest] @ self.x[out].T >= np.float32(level)).sum(axis=1)
        merged = self.above[i, rest] - with_out
        strangers = int(rest.sum()) - self.sizes[rest]
        photos = self.photo[rest]
        return Cost(
            level,
            _share(merged, strangers, photos, drawn),
            _share(self.below[i, rest], self.own_pairs[rest], photos, drawn),
        )


def _share(counts: np.ndarray, totals: np.ndarray, photos: np.ndarray, drawn: np.ndarray) -> Share:
    """The share of pairs by what each face (m,) has; every pair is in two faces' counts."""
    count, total = int(counts.sum()), int(totals.sum())
    if not total:
        return Share(float("nan"), float("nan"), float("nan"), 0, 0)
    upper, lower = (
        whole + 2 * drawn @ np.bincount(photos, each, minlength=drawn.shape[1])
        for each, whole in ((counts, count), (totals, total))
    )
    shares = np.clip(upper / np.maximum(lower, 1), 0, 1)
    low, high = np.percentile(shares, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    value = count / total
    return Share(value, min(float(low), value), max(float(high), value), count // 2, total // 2)
