"""What a threshold from elsewhere does to pairs: how many of each sort it accepts as one person."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from components.evaluate.figures.intervals import LEVEL, REPLICATES, draws
from components.evaluate.figures.roc import mean_row, unit_about
from components.evaluate.figures.verification import Scored, far_threshold

PERCENTILES = (50 * (1 - LEVEL), 50 * (1 + LEVEL))


def threshold_at(scored: Scored, far: float) -> dict[str, Any]:
    """The threshold at which the share ``far`` of the pairs of two people is accepted, and what it gives.

    Returns ``threshold`` (a cosine, above which a pair is accepted), ``far`` asked, ``reached``, the share of
    pairs of two people that is accepted, ``true_accepts``, that of pairs of one person, and ``n_neg``. Raises
    ValueError if ``far`` is no rate, or there are too few pairs of two people for even one false accept.
    """
    if not 0 < far < 1:
        raise ValueError(f"--far {far:g} is no rate of false accepts. Expected a number between 0 and 1.")
    others = scored.scores[~scored.same]
    if math.floor(far * len(others) * (1 + 1e-9)) < 1 or not scored.same.any():
        raise ValueError(
            f"A threshold at a false accept rate of {far:g} needs pairs of one person, and at least "
            f"{math.ceil(1 / far)} of two people; received {int(scored.same.sum())} and {len(others)}."
        )
    threshold = far_threshold(others, far)
    return {
        "threshold": threshold,
        "far": far,
        "reached": float((others > threshold).mean()),
        "true_accepts": float((scored.scores[scored.same] > threshold).mean()),
        "n_neg": len(others),
    }


def scores_about(embeddings: np.ndarray, rows: np.ndarray, elsewhere: np.ndarray) -> np.ndarray:
    """The cosines (p,) of pairs of rows (p, 2) of embeddings (n, d) about the mean of other photos' (m, d).

    A threshold of those photos holds for cosines about their mean only.
    """
    unit = unit_about(embeddings, mean_row(elsewhere))
    found: np.ndarray = np.einsum("ij,ij->i", unit[rows[:, 0]], unit[rows[:, 1]])
    return found


def accepts(
    scores: np.ndarray, threshold: float, people: np.ndarray | None, n_replicates: int = REPLICATES
) -> dict[str, Any]:
    """The share of pairs (p,) whose score is above the threshold, with 95% by a bootstrap.

    ``people`` (p, 2) are drawn with replacement, as in ``bands.pair_weights``; pairs, where they are None. A
    share of 0 or 1 has the interval in which its first exception may still hide: up to 3 in p, the rule of
    three (Hanley and Lippman-Hand 1983).

    Returns ``accepted``, ``n``, ``share``, ``low``, ``high``; the last three None without pairs.
    """
    taken = scores > threshold
    told: dict[str, Any] = {"accepted": int(taken.sum()), "n": len(taken)}
    if not len(taken):
        return told | {"share": None, "low": None, "high": None}
    share = float(taken.mean())
    if share in (0.0, 1.0):
        room = min(1.0, 3 / len(taken))
        return told | {"share": share, "low": max(0.0, share - room), "high": min(1.0, share + room)}
    if people is None:
        weights = draws(len(taken), n_replicates)
    else:
        names, places = np.unique(people, return_inverse=True)
        first, second = places.reshape(-1, 2).T
        drawn = draws(len(names), n_replicates)
        weights = drawn[:, first] * np.where(first == second, 1, drawn[:, second])
    total = weights.sum(axis=1)
    kept = total > 0
    replicates = (weights[kept] * taken).sum(axis=1) / total[kept]
    low, high = np.percentile(replicates, PERCENTILES)
    return told | {"share": share, "low": float(min(low, share)), "high": float(max(high, share))}
