"""How well a classifier answers each column, and how certain that is: over the people whom it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from components.occlude.intervals import Effect, people_weights

FIGURES = ("accuracy", "balanced_accuracy", "auc", "calibration_error")
BINS = 10  # of probabilities, for the calibration


def column_figures(
    probability: np.ndarray, targets: np.ndarray, weights: np.ndarray, min_answers: int
) -> tuple[dict[str, Any], dict[str, Effect] | None]:
    """The counts of one column, and its figures.

    Args:
        probability: (n,) of yes.
        targets: (n,) 1, 0 or -1, unknown, which is left out.
        weights: (r, n) of ``people_weights``: how often each face counts in each replicate.
        min_answers: with fewer of either answer only counts are told.

    Returns:
        ``n``, ``positives``, ``majority`` (the share of the more frequent answer) and ``constant`` (whether
        it says the same of every face); and each of ``FIGURES`` by name, or None where too little is known.
    """
    known = targets >= 0
    p, yes, drawn = probability[known], targets[known] == 1, weights[:, known]
    positives = int(yes.sum())
    said = p > 0.5
    counts = {
        "n": int(known.sum()),
        "positives": positives,
        "majority": max(positives, len(yes) - positives) / len(yes) if len(yes) else None,
        "constant": bool(len(said) and (said == said[0]).all()),
    }
    if min(positives, len(yes) - positives) < min_answers:
        return counts, None
    right = said == yes
    effects = (
        share(right, drawn),
        balanced(right, yes, drawn),
        area(p, yes, drawn),
        calibration_error(p, yes, drawn),
    )
    return counts, dict(zip(FIGURES, effects, strict=True))


def share(right: np.ndarray, weights: np.ndarray) -> Effect:
    """The share of right answers (n,) bool, and of each replicate with weights (r, n)."""
    ones = np.ones((1, len(right)))
    return Effect(float(_share(right, ones)[0]), _share(right, weights))


def _share(right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = (weights @ right.astype(float)) / total
    return found


def balanced(right: np.ndarray, yes: np.ndarray, weights: np.ndarray) -> Effect:
    """The mean of the shares of right answers among yes and among no."""
    return mean_effect([share(right[which], weights[:, which]) for which in (yes, ~yes)])


def mean_effect(effects: Sequence[Effect]) -> Effect:
    """The mean of some effects over the same draws; a draw in which one is undefined has none."""
    values = [effect.value for effect in effects]
    return Effect(float(np.mean(values)), np.mean([effect.replicates for effect in effects], axis=0))


def area(p: np.ndarray, yes: np.ndarray, weights: np.ndarray) -> Effect:
    """The area under the ROC curve: how often a yes has a higher probability than a no, half where equal."""
    order = np.argsort(p, kind="stable")
    _, group = np.unique(p[order], return_inverse=True)
    starts = np.flatnonzero(np.r_[True, np.diff(group) > 0])

    def of(drawn: np.ndarray) -> np.ndarray:
        sums = [np.add.reduceat(drawn[:, order] * part[order], starts, axis=1) for part in (yes, ~yes)]
        below = np.cumsum(sums[1], axis=1) - sums[1] / 2
        pairs = sums[0].sum(axis=1) * sums[1].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: np.ndarray = (sums[0] * below).sum(axis=1) / pairs
        return found

    return Effect(float(of(np.ones((1, len(p))))[0]), of(weights.astype(float)))


def calibration_error(p: np.ndarray, yes: np.ndarray, weights: np.ndarray) -> Effect:
    """The expected calibration error over ten equal bins of the probability of yes (Naeini and others 2015).

    The mean over all faces of the distance, in the face's bin, of the mean probability and the share of yes.
    """
    bins = np.minimum((p * BINS).astype(int), BINS - 1)

    def of(drawn: np.ndarray) -> np.ndarray:
        apart = np.stack([np.abs(drawn[:, bins == one] @ (p - yes)[bins == one]) for one in range(BINS)]).sum(
            axis=0
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            found: np.ndarray = apart / drawn.sum(axis=1)
        return found

    return Effect(float(of(np.ones((1, len(p))))[0]), of(weights.astype(float)))


def reliability(probability: np.ndarray, targets: np.ndarray) -> list[dict[str, float]]:
    """For each of ten bins of probability that has faces: ``said`` (mean), ``share`` of yes, and ``n``."""
    known = targets >= 0
    p, yes = probability[known], targets[known] == 1
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    return [
        {
            "said": float(p[bins == one].mean()),
            "share": float(yes[bins == one].mean()),
            "n": int((bins == one).sum()),
        }
        for one in range(BINS)
        if (bins == one).any()
    ]


def figures_of(
    probability: np.ndarray,
    targets: np.ndarray,
    people: np.ndarray,
    columns: Sequence[str],
    min_answers: int = 10,
) -> dict[str, Any]:
    """The figures of all columns, and their means over those with enough answers.

    Args:
        probability: (n, c) of yes, float.
        targets: (n, c) 1, 0 or -1.
        people: (n,) who is in each photo; the bootstrap draws people.
        columns: c names.

    Returns:
        ``columns``: name to ``column_figures``; ``reliability`` of all answers together; ``judged``: how many
        columns have enough answers; ``constant``: names of those with one answer for all; ``n_people``; and
        ``mean``: ``accuracy``, ``balanced_accuracy``, ``auc``, ``calibration_error``, ``majority``.
    """
    weights = people_weights(people)
    found = {
        name: column_figures(probability[:, i], targets[:, i], weights, min_answers)
        for i, name in enumerate(columns)
    }
    told = {
        name: counts | {one: effects[one].told() if effects else None for one in FIGURES}
        for name, (counts, effects) in found.items()
    }
    judged = [name for name, (_, effects) in found.items() if effects]
    return {
        "columns": told,
        "judged": len(judged),
        "constant": [name for name in columns if told[name]["constant"]],
        "n_people": len(np.unique(people)),
        "n": len(targets),
        "reliability": reliability(probability.ravel(), targets.ravel()),
        "mean": means([found[name] for name in judged]) if judged else {},
    }


def means(found: Sequence[tuple[dict[str, Any], dict[str, Effect] | None]]) -> dict[str, Any]:
    """The mean of each figure over judged columns, with its interval over the same draws of people."""
    mean = {name: mean_effect([effects[name] for _, effects in found if effects]).told() for name in FIGURES}
    return mean | {"majority": float(np.mean([counts["majority"] for counts, _ in found]))}
