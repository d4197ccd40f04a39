"""The distance for a chosen rate of false merges, from pairs of faces that a person judged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta, binom

LEVEL = 0.95  # of the intervals
MOST_RATE = 0.5


class TooFewVerdicts(ValueError):
    """Too few judged pairs to say anything of such a rate; the message says how many are needed, and why."""


@dataclass(frozen=True)
class Calibration:
    """The distance at which a chosen share of pairs of two people would be taken for one.

    ``low`` and ``high`` bound it by ``level``. ``n_same`` and ``n_different`` are the pairs it was found
    from. ``missed`` is the share of the pairs of one person that are further apart than ``distance``, bounded
    by ``missed_low`` and ``missed_high``; NaN, 0 and 1 where no pair of one person was judged.
    """

    distance: float
    low: float
    high: float
    n_same: int
    n_different: int
    missed: float
    missed_low: float
    missed_high: float
    level: float = LEVEL


def calibrated(
    same: np.ndarray, different: np.ndarray, false_merge_rate: float, level: float = LEVEL
) -> Calibration:
    """The distance within which ``false_merge_rate`` of pairs of two people lie, with its interval.

    same (a,) and different (b,) are the distances of pairs that were judged to be of one person and of two.
    The distance is the largest judged one that keeps the rate among them; the interval is that of order
    statistics, exact whatever the distribution (Conover, "Practical Nonparametric Statistics", 1999, section
    3.2, with the binomial itself), that of ``missed`` is Clopper and Pearson's (Biometrika 26, 1934). It
    speaks of pairs like those that were judged: of pairs that were asked because they are near, more are
    near than of any, so the distance comes out on the safe side.

    Raises TooFewVerdicts where even the nearest judged pair may be beyond the true distance, with more than
    half of 1 - level: (1 - rate)^b has to be at most that, 368 pairs for 1% and 72 for 5%. Raises ValueError
    for a rate that is not above 0 and up to .5, or distances that are not finite.
    """
    near, far = _sorted(same, "same"), _sorted(different, "different")
    if not 0 < false_merge_rate <= MOST_RATE or not 0 < level < 1:
        raise ValueError(
            f"Expected a false_merge_rate above 0 and up to {MOST_RATE}, and a level between 0 and 1; "
            f"received {false_merge_rate!r} and {level!r}."
        )
    tail, n = (1 - level) / 2, len(far)
    needed = pairs_needed(false_merge_rate, level)
    if n < needed:
        raise TooFewVerdicts(
            f"{n} pairs were judged to be two people, and a false-merge rate of {false_merge_rate:.3g} needs "
            f"{needed}: where none of {n} is within a distance, the rate there may still be "
            f"{rate_ruled_out(n, level):.3g} (about {-math.log(tail):.1f} / pairs; rule of three, for both "
            f"sides). Judge {needed - n} more pairs, or choose a higher rate."
        )
    # ppf is the least c with P(count <= c) >= tail; the rank is the largest with P(count < rank) <= tail.
    low = int(binom.ppf(tail, n, false_merge_rate))
    low += int(binom.cdf(low, n, false_merge_rate) <= tail)
    high = int(binom.ppf(1 - tail, n, false_merge_rate)) + 1
    rank = max(1, math.floor(false_merge_rate * n + 1e-9))
    distance = float(far[rank - 1])
    missed = int((near > distance).sum())
    return Calibration(
        distance,
        float(far[low - 1]),
        float(far[min(high, n) - 1]),
        len(near),
        n,
        missed / len(near) if len(near) else math.nan,
        *_clopper_pearson(missed, len(near), tail),
        level,
    )


def pairs_needed(false_merge_rate: float, level: float = LEVEL) -> int:
    """Judged pairs of two people that a rate needs: the least b with (1 - rate)^b <= (1 - level) / 2."""
    return math.ceil(math.log((1 - level) / 2) / math.log1p(-false_merge_rate) - 1e-9)


def rate_ruled_out(pairs: int, level: float = LEVEL) -> float:
    """The rate that so many pairs, none of them false, rule out: 1 - ((1 - level) / 2)^(1 / pairs)."""
    return 1 - ((1 - level) / 2) ** (1 / pairs) if pairs else 1.0


def _clopper_pearson(hits: int, n: int, tail: float) -> tuple[float, float]:
    low = float(beta.ppf(tail, hits, n - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def _sorted(distances: np.ndarray, name: str) -> np.ndarray:
    given = np.asarray(distances, np.float64)
    if given.ndim != 1 or not np.isfinite(given).all() or (given < 0).any():
        raise ValueError(
            f"Expected {name} to be finite distances (pairs,), 0 and more; received shape {given.shape}."
        )
    return np.sort(given)
