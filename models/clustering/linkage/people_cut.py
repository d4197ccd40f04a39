"""Where the tree of people is cut: what is known of the recogniser, moved by what the photos say."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm

from models.clustering.linkage.identity_threshold import Height
from models.clustering.linkage.similarity import random_cosines

# What is known of ``people_face``: two strangers are at least DEVIATIONS above the centre of strangers in 10
# to 17 of 100,000 pairs (ORL, CelebA's and LFW's development photos, each with its own centre and
# deviation), and e times as often for each 1 / TAIL deviations less. The centre and the deviation are on
# average CENTRE and DEVIATION; the centre differs by BETWEEN from set to set: see docs/results/people.md.
FALSE, DEVIATIONS, TAIL = 1.2e-4, 2.56, 7.2
CENTRE, DEVIATION, BETWEEN = 0.851, 0.0362, 0.011
MOST_EXPONENT = 100.0  # of a float's many
STRANGERS = 0.18  # that a face may have within reach
PRIOR = 0.056  # the height in a library of 2,000 faces of people like those; pairs that are nearer are one
LOWEST, HIGHEST = 0.046, 0.058  # the photos' own likenesses move it no further


def within_reach(heights: Any, n: int, centre: float, deviation: float) -> Any:
    """How many strangers each of n faces has within reach at heights, by what is known of the recogniser."""
    above = (1 - np.asarray(heights) - centre) / deviation
    return np.minimum(n * FALSE * np.exp(np.minimum(-TAIL * (above - DEVIATIONS), MOST_EXPONENT)), n)


def likenesses(unit: np.ndarray, generator: np.random.Generator) -> tuple[float, float, float]:
    """Centre and deviation of strangers' cosines, and the share of random pairs that are of one person.

    That share is of pairs nearer than ``PRIOR``. Where few people have most of the photos it is large, and
    the middle of all pairs is not that of strangers: these are the rest, of whom the lower half is looked at.
    """
    found = random_cosines(unit, generator)
    alike = float(np.mean(found > 1 - PRIOR))
    low, middle = np.quantile(found, (1 - alike) * np.array([norm.cdf(-1), 0.5]))
    return float(middle), float(middle - low), alike


def weight_of(alike: float, n: int) -> float:
    """How much the photos' own strangers count beside what is known: 0 to 1.

    A share ``alike`` of pairs of one person is that of 1 / alike people who are seen equally often. The mean
    over so few is off by their spread; what is known is off as far as libraries differ (a mean shrunk
    towards what is known: Efron and Morris, JASA 70(350), 1975).
    """
    off = DEVIATION**2 * max(alike, 1 / n)
    return BETWEEN**2 / (BETWEEN**2 + off)


def people_height(unit: np.ndarray, random_state: int | None = 0) -> Height:
    """The height at which the tree of ``average_tree`` of unit rows (n, d) of ``people_face`` is cut.

    It is where a face has 0.18 strangers within reach. How rare strangers are so many deviations above their
    centre is known of the recogniser; centre and deviation are those of these photos, whose people may be
    more alike, or fewer, than others. So the cut is stricter in a larger library (the a contrario principle:
    Desolneux, Moisan and Morel, IJCV 40(1), 2000). Photos of few people tell little of strangers: the fewer
    they are, the more what is known counts, and the height stays between ``LOWEST`` and ``HIGHEST``.
    """
    n = len(unit)
    centre, deviation, alike = (
        likenesses(unit, np.random.default_rng(random_state or 0)) if n > 2 else (0.0,) * 3
    )
    if deviation == 0:
        return Height(
            PRIOR, f"Too few faces to tell strangers by: what is known of the recogniser, {PRIOR:g}."
        )
    asked = DEVIATIONS + np.log(n * FALSE / STRANGERS) / TAIL
    known, own = (
        float(1 - middle - asked * spread) for middle, spread in ((CENTRE, DEVIATION), (centre, deviation))
    )
    weight = weight_of(alike, n)
    found = weight * own + (1 - weight) * known
    height = min(max(found, LOWEST), HIGHEST)
    bounds = f"between {LOWEST:g} and {HIGHEST:g}"
    moved = f", moved to {height:.4f} by its bounds, {bounds}" if height != found else f" ({bounds})"
    reason = (
        f"A face may have {STRANGERS:g} strangers nearer than the cut. By what is known of the recogniser "
        f"that is {known:.4f} for {n:,} faces. Here the similarity of two strangers is {centre:.3f}, give or "
        f"take {deviation:.3f}, which says {own:.4f}. Of random pairs {alike:.1%} are one person: the fewer "
        f"people there are, the less that counts, here {weight:.0%}. Together {found:.4f}{moved}."
    )
    return Height(height, reason, centre, deviation)
