"""How certain the figures and the curve of a verification are, by a bootstrap over people or pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluate.figures.intervals import LEVEL, REPLICATES, draws, interval
from components.evaluate.figures.roc import equal_error_rate
from components.evaluate.figures.verification import Scored, fold_accuracies

# False accept rates at which the curve is given: evenly spread, and on a logarithmic scale down to 1 in
# 1,000.
GRID = np.unique(np.concatenate([np.linspace(0, 1, 101), np.logspace(-3, -1, 21)]).round(6))
FIGURES = ("auc", "accuracy", "eer")


def pair_weights(scored: Scored, n_replicates: int, random_state: int = 0) -> tuple[np.ndarray, str]:
    """How often each pair counts in each replicate, int64 (r, p), and what was drawn.

    If the people are known, ``identities`` are drawn with replacement: a pair of two people counts as often
    as the product of their draws, and a pair of one person as often as the person was drawn. Otherwise
    ``pairs`` are drawn. Pairs share people, so that such a bootstrap is a little too certain.
    """
    if scored.people is None:
        return draws(len(scored.same), n_replicates, random_state), "pairs"
    names, people = np.unique(scored.people, return_inverse=True)
    first, second = people.reshape(-1, 2).T
    drawn = draws(len(names), n_replicates, random_state)
    return drawn[:, first] * np.where(first == second, 1, drawn[:, second]), "identities"


def weighted_roc(scored: Scored, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """False and true accept rates of every threshold, from (0, 0) to (1, 1): float64 (r, t) each.

    ``weights`` is (r, p). A replicate without weight on one of the two sorts of pairs has NaN.
    """
    order = np.argsort(-scored.scores, kind="stable")
    ranked, same = scored.scores[order], scored.same[order]
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))  # equal scores fall together
    rates = []
    for sort in (~same, same):
        counts = np.cumsum(weights[:, order] * sort, axis=1)[:, ends].astype(np.float64)
        total = np.where(counts[:, -1:] > 0, counts[:, -1:], np.nan)
        rates.append(np.pad(counts / total, ((0, 0), (1, 0))))
    return rates[0], rates[1]


def roc_band(scored: Scored, n_replicates: int = REPLICATES, random_state: int = 0) -> dict[str, Any]:
    """The ROC for drawing, with a 95% band of the true accept rate at each false accept rate.

    Returns the lists ``fpr`` (``GRID``), ``tpr``, ``low`` and ``high``, all 0 to 1; ``level``; ``by``, which
    is what was drawn, identities or pairs; and ``n_replicates``, the number of replicates with both sorts of
    pairs. If there are not both sorts, the lists are empty and ``undefined`` says why.
    """
    about = {"level": LEVEL, "by": "pairs" if scored.people is None else "identities"}
    if scored.one_sort:
        why = sorts_of(scored)
        return {"fpr": [], "tpr": [], "low": [], "high": [], **about, "n_replicates": 0, "undefined": why}
    weights, _ = pair_weights(scored, n_replicates, random_state)
    curves = _on_grid(*weighted_roc(scored, weights))
    low, high = np.percentile(curves, [50 * (1 - LEVEL), 50 * (1 + LEVEL)], axis=0)
    (tpr,) = _on_grid(*weighted_roc(scored, np.ones((1, len(scored.same)), np.int64)))
    return {
        "fpr": GRID.tolist(),
        "tpr": tpr.tolist(),
        "low": np.minimum(low, tpr).tolist(),
        "high": np.maximum(high, tpr).tolist(),
        **about,
        "n_replicates": len(curves),
        "undefined": None,
    }


def sorts_of(scored: Scored) -> str:
    """How many pairs there are of one person and of two people, in words."""
    return f"pairs of one person: {int(scored.same.sum())}, of two: {int((~scored.same).sum())}"


def _on_grid(fpr: np.ndarray, tpr: np.ndarray) -> np.ndarray:
    """The highest true accept rate within each false accept rate of GRID: (r, GRID), without NaN rows."""
    kept = np.isfinite(fpr[:, -1]) & np.isfinite(tpr[:, -1])
    return np.array(
        [
            positive[np.searchsorted(negative, GRID, side="right") - 1]
            for negative, positive in zip(fpr[kept], tpr[kept], strict=True)
        ]
    ).reshape(-1, len(GRID))


def verification_intervals(
    scored: Scored, n_replicates: int = REPLICATES, random_state: int = 0
) -> dict[str, Any]:
    """95% intervals of auc, accuracy and eer, as ``intervals.interval`` makes them.

    Each replicate chooses its thresholds anew, from the other folds. Returns ``level``, ``by``,
    ``n_replicates`` and ``intervals``, name to {"value", "low", "high", "bias", "n_defined"}. If there are
    not pairs of both sorts, ``intervals`` is empty and ``undefined`` says why.
    """
    about = {"level": LEVEL, "n_replicates": n_replicates}
    if scored.one_sort:
        why = sorts_of(scored)
        by = "pairs" if scored.people is None else "identities"
        return {**about, "by": by, "intervals": {}, "undefined": why}
    weights, by = pair_weights(scored, n_replicates, random_state)
    values = _figures(scored, np.ones((1, len(scored.same)), np.int64))
    replicates = _figures(scored, weights)
    intervals = {name: interval(name, values[name][0], replicates[name]) for name in FIGURES}
    return {**about, "by": by, "intervals": intervals, "undefined": None}


def _figures(scored: Scored, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Each of ``FIGURES`` for each row of weights (r, p): float64 (r,), NaN with only one sort of pairs."""
    fpr, tpr = weighted_roc(scored, weights)
    out = {name: np.full(len(weights), np.nan) for name in FIGURES}
    for r in np.flatnonzero(np.isfinite(fpr[:, -1]) & np.isfinite(tpr[:, -1])):
        out["auc"][r] = float((np.diff(fpr[r]) * (tpr[r, 1:] + tpr[r, :-1]) / 2).sum())
        out["eer"][r] = equal_error_rate(fpr[r], tpr[r])
        out["accuracy"][r] = np.mean(fold_accuracies(scored.scores, scored.same, scored.fold, weights[r]))
    return out
