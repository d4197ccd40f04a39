"""The two views of a set of pairs in splits (P2, 7.3.4), whose names are the opposite of LFW's.

P2's View 1 is LFW's View 2, the folds that figures are reported on; P2's View 2 sets one split apart to
develop on, which is what LFW's View 1 is for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from components.evaluate.figures.bands import pair_weights, weighted_roc
from components.evaluate.figures.intervals import LEVEL, REPLICATES, interval
from components.evaluate.figures.verification import Scored, best_threshold, fold_accuracies

LFW_NAMES = {1: 2, 2: 1}  # what LFW calls P2's view
PRINTED = 9  # P2 adds up nine splits, 1 to 9, though there are ten
DEVELOPED_ON = 0  # the split of View 2 that is for development


def view_one(scored: Scored, fold_names: Sequence[str]) -> dict[str, Any]:
    """View 1: each split is told by the threshold that is best on the others.

    Returns ``view`` 1, ``lfw_view`` 2, ``splits`` (names), ``accuracies`` of each, their ``accuracy`` (mean),
    ``sem`` (standard error of the mean, n - 1 in the deviation, n in the root), and ``printed``
    {"accuracy", "sem"}: the same as P2 prints it, over the splits 1 to 9 with 9 instead of n - 1 and n; None
    unless there are ten splits.

    Raises ValueError if there are fewer than 2 splits, or one without both sorts of pairs.
    """
    folds = _folds(scored, fold_names, 1)
    shares = np.array(fold_accuracies(scored.scores, scored.same, scored.fold))
    printed = None
    if len(shares) == PRINTED + 1:
        nine = shares[1:]
        printed = {"accuracy": float(nine.mean()), "sem": float(nine.std() / math.sqrt(PRINTED))}
    return {
        "view": 1,
        "lfw_view": LFW_NAMES[1],
        "splits": [fold_names[fold] for fold in folds],
        "accuracies": shares.tolist(),
        "accuracy": float(shares.mean()),
        "sem": float(shares.std(ddof=1) / math.sqrt(len(shares))),
        "printed": printed,
    }


def view_two(scored: Scored, fold_names: Sequence[str], n_replicates: int = REPLICATES) -> dict[str, Any]:
    """View 2: the threshold that is best on split 0 is used once on all others together.

    Returns ``view`` 2, ``lfw_view`` 1, ``developed_on`` (a name), ``threshold``, a cosine, ``pairs`` of the
    others, and of these ``accuracy`` and ``auc`` with ``intervals``, 95% over people or pairs, in which the
    threshold stays as it is. Raises ValueError as ``view_one`` does.
    """
    folds = _folds(scored, fold_names, 2)
    seen = scored.fold == folds[DEVELOPED_ON]
    threshold = best_threshold(scored.scores[seen], scored.same[seen])
    rest = Scored(
        scored.scores[~seen],
        scored.same[~seen],
        scored.fold[~seen],
        scored.index[~seen],
        None if scored.people is None else scored.people[~seen],
        scored.missing,
    )
    right = (rest.scores >= threshold) == rest.same
    weights, by = pair_weights(rest, n_replicates)
    weights = weights[weights.sum(axis=1) > 0]  # few people may all be drawn without each other
    value = {"accuracy": float(right.mean()), "auc": float(roc_auc_score(rest.same, rest.scores))}
    fpr, tpr = weighted_roc(rest, weights)
    replicates = {
        "accuracy": (weights * right).sum(axis=1) / weights.sum(axis=1),
        "auc": (np.diff(fpr) * (tpr[:, 1:] + tpr[:, :-1]) / 2).sum(axis=1),
    }
    return {
        "view": 2,
        "lfw_view": LFW_NAMES[2],
        "developed_on": fold_names[folds[DEVELOPED_ON]],
        "threshold": threshold,
        "pairs": len(rest.same),
        **value,
        "level": LEVEL,
        "by": by,
        "intervals": {name: interval(name, one, replicates[name]) for name, one in value.items()},
    }


VIEWS = {1: view_one, 2: view_two}


def _folds(scored: Scored, fold_names: Sequence[str], view: int) -> list[int]:
    """The numbers of the splits; raises ValueError where the view can't be judged on them."""
    folds = [int(fold) for fold in np.unique(scored.fold)]
    if len(folds) < 2:
        raise ValueError(
            f"View {view} needs at least 2 splits; the pairs have {len(folds)}. Leave out --view."
        )
    for fold in folds:
        of_split = scored.same[scored.fold == fold]
        if of_split.all() or not of_split.any():
            raise ValueError(
                f"Split {fold_names[fold]} has only one sort of pairs. Expected both in each split of a view."
            )
    return folds
