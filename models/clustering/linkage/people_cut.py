"""Where the tree of people is cut: what is known of the recogniser, moved by what the photos say."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.clustering.linkage.identity_threshold import Height
from models.clustering.linkage.similarity import strangers

# What is known of ``people_face``: two strangers are at least DEVIATIONS above the centre of strangers in 10
# to 17 of 100,000 pairs (ORL, CelebA's and LFW's development photos, each with its own centre and
# deviation), and e times as often for each 1 / TAIL deviations less: see docs/results/people.md.
FALSE, DEVIATIONS, TAIL = 1.2e-4, 2.56, 7.2
MOST_EXPONENT = 100.0  # of a float's many
STRANGERS = 0.18  # that a face may have within reach
PRIOR = 0.056  # the height that this is at in a library of 2,000 faces
LOWEST, HIGHEST = 0.046, 0.058  # the photos' own likenesses move it no further


def within_reach(heights: Any, n: int, centre: float, deviation: float) -> Any:
    """How many strangers each of n faces has within reach at heights, by what is known of the recogniser."""
    above = (1 - np.asarray(heights) - centre) / deviation
    return np.minimum(n * FALSE * np.exp(np.minimum(-TAIL * (above - DEVIATIONS), MOST_EXPONENT)), n)


def people_height(unit: np.ndarray, random_state: int | None = 0) -> Height:
    """The height at which the tree of ``average_tree`` of unit rows (n, d) of ``people_face`` is cut.

    It is where a face has 0.18 strangers within reach. How rare strangers are so many deviations above their
    centre is known of the recogniser; centre and deviation are those of these photos, whose people may be
    more alike, or fewer, than others. So the cut is stricter in a larger library (the a contrario principle:
    Desolneux, Moisan and Morel, IJCV 40(1), 2000). A library in which few people have most of the photos
    tells little of strangers: the height stays between ``LOWEST`` and ``HIGHEST``.
    """
    n = len(unit)
    centre, deviation = strangers(unit, np.random.default_rng(random_state or 0)) if n > 2 else (0.0, 0.0)
    if deviation == 0:
        return Height(
            PRIOR, f"Too few faces to tell strangers by: what is known of the recogniser, {PRIOR:g}."
        )
    asked = DEVIATIONS + np.log(n * FALSE / STRANGERS) / TAIL
    found = float(1 - centre - asked * deviation)
    height = min(max(found, LOWEST), HIGHEST)
    bounds = f"between {LOWEST:g} and {HIGHEST:g}"
    moved = f", moved to {height:.4f} by its bounds, {bounds}" if height != found else f" ({bounds})"
    reason = (
        f"Known of the recogniser: {PRIOR:g} for 2,000 faces. Here the similarity of two strangers is "
        f"{centre:.3f}, give or take {deviation:.3f}; of {n:,} faces each has {STRANGERS:g} strangers nearer "
        f"than {found:.4f}{moved}."
    )
    return Height(height, reason, centre, deviation)
