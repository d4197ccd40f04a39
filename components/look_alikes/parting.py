"""Where two people part: the cut that tells their faces apart, and how sure it is on other photos of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import betabinom

from components.evaluate.figures.intervals import LEVEL, REPLICATES, draws
from components.look_alikes.cut import Cut, best_cut, chosen, cumulated, edges_of
from schemas.samples import evenly_spread

MOST = 60  # faces of each person that are compared: 5,340 pairs
LEFT_OUT = (
    0.632  # the weight of photos not drawn: so many of n are in a draw of n (Efron, JASA 78(382), 1983)
)
SECOND = 100  # apart from the first draws' random states
GUESSING = 0.5  # the error of a cut that knows nothing


@dataclass(frozen=True)
class Parting:
    """What parts two people, and how well.

    ``cut`` is the best one of the photos at hand, with its error on them. ``error`` is what to expect on as
    many other photos of the two, ``low`` to ``high`` its 95% interval; NaN where there are too few photos.
    ``threshold_low`` to ``threshold_high`` is where the cut lies in 95% of the draws. ``photos`` are those
    of each person that were compared.
    """

    cut: Cut
    error: float
    low: float
    high: float
    threshold_low: float
    threshold_high: float
    photos: tuple[int, int]

    @property
    def parts(self) -> bool:
        """Whether the interval is below guessing."""
        return self.high < GUESSING


@dataclass(frozen=True)
class _Pairs:
    """All pairs of two people's faces: likeness, who (0 first, 1 second, 2 across), both photos' numbers."""

    scores: np.ndarray
    who: np.ndarray
    first: np.ndarray
    second: np.ndarray


def part(
    one: np.ndarray,
    other: np.ndarray,
    photos: tuple[np.ndarray, np.ndarray] | None = None,
    n_replicates: int = REPLICATES,
) -> Parting:
    """The threshold at which two people part, from their unit rows (a, d) and (b, d).

    The pairs of each person count as much as those of the other, however many photos they have; two faces of
    one photo are no pair of one person. The error to expect is Efron's .632 estimate: of each person as many
    photos are drawn as there are, the cut is chosen by these and judged on the photos not drawn, and on all.
    The interval is for as many other photos. Above the middle, each cut is judged on a second draw, moved up
    by what these draws, of photos that chose the cut too, leave out of the estimate; below it also on photos
    not drawn, for pairs that are looked at because they look hard are easier on other photos. It doesn't end
    below what odd photos make that were not seen, see ``odd_photos``. Neither the order of the faces nor that
    of the people changes anything.

    Args:
        one, other: unit rows; of more than ``MOST`` those are taken that are evenly spread over them.
        photos: the photo of each row, int (a,) and (b,); by default each row has its own.
        n_replicates: draws.

    Raises:
        ValueError: neither person has two photos.
    """
    photos = photos or (np.arange(len(one)), np.arange(len(other)))
    sides = sorted((in_order(one, photos[0]), in_order(other, photos[1])), key=lambda s: s[0].tobytes())
    pairs = _pairs_of(*sides)
    same, across = pairs.who < 2, pairs.who == 2
    counts = np.bincount(pairs.who, minlength=3)
    cut = best_cut(pairs.scores[same], pairs.scores[across], 1.0 / counts[pairs.who[same]])
    sizes = tuple(int(side[1].max()) + 1 for side in sides)
    places = (int(np.unique(photos[0]).size), int(np.unique(photos[1]).size))
    drawn = _on_others(pairs, sizes, n_replicates)
    if drawn is None:
        unknown = float("nan")
        return Parting(cut, unknown, unknown, unknown, unknown, unknown, places)
    ends = [50 * (1 - LEVEL), 50 * (1 + LEVEL)]
    low, high = np.percentile(drawn.errors, ends)
    low = min(low, np.percentile(drawn.unseen, ends[0]))
    high = max(high, odd_photos(min(places)) / (2 * min(places)))
    error, around = drawn.error, np.percentile(drawn.cuts, ends)
    return Parting(
        cut,
        error,
        min(float(low), error),
        max(float(high), error),
        float(around[0]),
        float(around[1]),
        places,
    )


def in_order(rows: np.ndarray, photos: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, d) in the order of their numbers, at most ``MOST``, and their photos numbered from 0 up."""
    rows = np.ascontiguousarray(rows, np.float32)
    order = np.array(sorted(range(len(rows)), key=lambda i: rows[i].tobytes()), np.int64)
    order = order[evenly_spread(len(order), MOST)]
    _, first, number = np.unique(photos[order], return_index=True, return_inverse=True)
    return rows[order], np.argsort(np.argsort(first))[number]


def error_on(threshold: float, one: np.ndarray, other: np.ndarray) -> Cut:
    """What a threshold from elsewhere does on unit rows (a, d) and (b, d) of two people, a photo each.

    Raises ValueError without pairs of both sorts.
    """
    sides = (in_order(one, np.arange(len(one))), in_order(other, np.arange(len(other))))
    pairs = _pairs_of(*sides)
    below = pairs.scores < threshold
    split = [below[pairs.who == side].mean() for side in (0, 1) if (pairs.who == side).any()]
    if not split or not (pairs.who == 2).any():
        raise ValueError(f"Expected two photos of a person, and one of another: {len(one)}, {len(other)}.")
    return Cut(threshold, float(np.mean(split)), float(1 - below[pairs.who == 2].mean()))


def _pairs_of(first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray]) -> _Pairs:
    """The pairs of two sides' rows and photos; the second's photos are numbered after the first's."""
    parts = []
    shift = int(first[1].max()) + 1
    for who, (rows, photos) in enumerate((first, (second[0], second[1] + shift))):
        a, b = np.triu_indices(len(rows), 1)
        kept = photos[a] != photos[b]
        alike = (rows @ rows.T)[a, b][kept]
        parts.append((alike, np.full(len(alike), who), photos[a][kept], photos[b][kept]))
    alike = first[0] @ second[0].T
    a, b = (index.ravel() for index in np.indices(alike.shape))
    parts.append((alike.ravel(), np.full(alike.size, 2), first[1][a], second[1][b] + shift))
    scores, sides, one, other = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _Pairs(scores.astype(np.float64), sides, one, other)


def odd_photos(m: int) -> int:
    """How many of m other photos of a person may be unlike all others, with 97.5%, where none of m was.

    Each makes an error of 1 / 2m. It is the quantile of the beta-binomial law by Jeffreys' prior.
    """
    return int(betabinom.ppf((1 + LEVEL) / 2, m, 0.5, m + 0.5))


@dataclass(frozen=True)
class _Drawn:
    """The error to expect; errors on as many other photos, and on photos not drawn; and cuts: (r,) each."""

    error: float
    errors: np.ndarray
    unseen: np.ndarray
    cuts: np.ndarray


def _on_others(pairs: _Pairs, sizes: tuple[int, ...], n_replicates: int) -> _Drawn | None:
    """What draws of photos of both people tell; None where no two draws have both sorts of pairs."""
    drawn, second = (
        np.concatenate([draws(n, n_replicates, seed + apart) for seed, n in enumerate(sizes)], axis=1)
        for apart in (0, SECOND)
    )
    order = np.argsort(pairs.scores, kind="stable")
    edges = edges_of(pairs.scores[order])
    who, one, other = (part[order] for part in (pairs.who, pairs.first, pairs.second))
    left = (drawn == 0).astype(np.float64)
    learnt, unseen, again = (_errors(who, w[:, one] * w[:, other]) for w in (drawn, left, second))
    known = np.isfinite(learnt[:, 0]) & np.isfinite(unseen[:, 0]) & np.isfinite(again[:, 0])
    if known.sum() < 2:
        return None
    places, row = chosen(learnt[known], edges), np.arange(known.sum())
    seen = _errors(who, np.ones((1, len(who))))[0][places]
    left_out = unseen[known][row, places]
    error = float(LEFT_OUT * left_out.mean() + (1 - LEFT_OUT) * seen.mean())
    errors = again[known][row, places]
    missing = max(error - float(errors.mean()), 0.0)
    errors = np.minimum(np.where(errors > np.median(errors), errors + missing, errors), 1.0)
    return _Drawn(error, errors, left_out, edges.cuts[places])


def _errors(who: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The error of every cut of p pairs by rising likeness, in each row of weights (r, p): (r, p + 1).

    NaN where the weights leave no pair of one person, or none of two.
    """
    shares, counted = [], []
    for side in range(3):
        below = cumulated(np.where(who == side, weights, 0.0))
        total = below[:, -1:]
        shares.append(below / np.where(total > 0, total, np.nan))
        counted.append(total[:, 0] > 0)
    both = np.stack(shares[:2])
    known = np.stack(counted[:2])[:, :, None]
    number = known.sum(axis=0)
    split = np.where(known, both, 0).sum(axis=0) / np.where(number > 0, number, np.nan)
    errors: np.ndarray = np.maximum(split + 1 - shares[2], 0) / 2  # sums of shares are rounded
    return errors
