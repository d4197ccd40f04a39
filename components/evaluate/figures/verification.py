"""Verification on given pairs: are the two faces one person? No fit uses the labels of pairs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

from components.evaluate.figures.roc import cosine, equal_error_rate
from components.pairs.files import Pairs

FARS = ("1e-1", "1e-2", "1e-3")  # false accept rates


@dataclass(frozen=True)
class Scored:
    """Pairs of which both faces are known: cosine ``scores``, ``same`` and ``fold`` (p,).

    ``index`` (p,) int64 is the place of each among all pairs. ``people`` (p, 2) int64 are the people in the
    two photos, None if the paths do not tell. ``missing`` is the number of pairs that lack a face.
    """

    scores: np.ndarray
    same: np.ndarray
    fold: np.ndarray
    index: np.ndarray
    people: np.ndarray | None
    missing: int

    @property
    def one_sort(self) -> bool:
        """Whether there is no pair, or only one sort of pairs, so that no threshold can be judged."""
        return not self.same.any() or bool(self.same.all())


def score_pairs(embeddings: np.ndarray, row_of: Mapping[str, int], pairs: Pairs) -> Scored:
    """The cosine of centred embeddings (n, d) for each pair of which ``row_of`` knows both photos' rows."""
    known = np.array(
        [a in row_of and b in row_of for a, b in zip(pairs.first, pairs.second, strict=True)], bool
    )
    rows = [(row_of[pairs.first[i]], row_of[pairs.second[i]]) for i in np.flatnonzero(known).tolist()]
    people = people_of(pairs)
    return Scored(
        cosine(embeddings, np.array(rows, np.int64).reshape(-1, 2)),
        pairs.same[known],
        pairs.fold[known],
        np.flatnonzero(known),
        None if people is None else people[known],
        int((~known).sum()),
    )


def people_of(pairs: Pairs) -> np.ndarray | None:
    """The people (p, 2) int64 of the pairs' photos: as the file tells, or by their first folder.

    None if the names cannot be people: a photo is in no folder, or ``same`` contradicts them.
    """
    folders = pairs.people or [
        [path.rpartition("/")[0].partition("/")[0] for path in side] for side in (pairs.first, pairs.second)
    ]
    names = np.array(folders, str).T
    if not len(names) or (names == "").any() or ((names[:, 0] == names[:, 1]) != pairs.same).any():
        return None
    return np.unique(names, return_inverse=True)[1].reshape(names.shape)


def verify(embeddings: np.ndarray, row_of: Mapping[str, int], pairs: Pairs) -> dict[str, Any]:
    """How well the cosine of centred embeddings (n, d) tells pairs of one person from pairs of two.

    ``row_of`` maps a photo's path without extension to its row. Returns the figures of ``figures_of``.
    """
    return figures_of(score_pairs(embeddings, row_of, pairs))


def figures_of(scored: Scored) -> dict[str, Any]:
    """Verification in figures (P2, chapter 7): no threshold comes from the fold that it is judged on.

    Returns auc and eer (equal error rate), both over all pairs and 0 to 1. accuracy is the mean over folds of
    the share that is told right by the threshold that is best on the other folds, and accuracy_se its
    standard error over the folds (None for one fold). tar has an entry of ``true_accepts`` for each of
    ``FARS``. pairs is the number of pairs used, and missing that of pairs with a photo that has no row.
    Figures are None if there is no pair, or only one sort of pairs.
    """
    counts = {"pairs": len(scored.same), "missing": scored.missing}
    tar = {name: true_accepts(scored, float(name)) for name in FARS}
    if scored.one_sort:
        return {**dict.fromkeys(("auc", "accuracy", "accuracy_se", "eer")), "tar": tar, **counts}
    shares = fold_accuracies(scored.scores, scored.same, scored.fold)
    fpr, tpr, _ = roc_curve(scored.same, scored.scores)
    return {
        "auc": float(roc_auc_score(scored.same, scored.scores)),
        "accuracy": float(np.mean(shares)),
        "accuracy_se": float(np.std(shares, ddof=1) / np.sqrt(len(shares))) if len(shares) > 1 else None,
        "eer": equal_error_rate(fpr, tpr),
        "tar": tar,
        **counts,
    }


def true_accepts(scored: Scored, far: float) -> dict[str, Any]:
    """True accepts at a false accept rate: each fold is judged by the threshold that keeps it on the others.

    Returns ``rate``, the share of pairs of one person that are accepted; ``far``, the rate of false accepts
    that was really reached on the judged folds; ``n_neg``, the number of pairs of two people, of which every
    threshold saw at least ``n_neg_threshold``; and ``false_accepts``, how many of these the asked rate
    allows. If it does not allow even one, there are too few pairs for this rate: rate and far are None, and
    ``reason`` says so. A single fold is judged by its own threshold, which makes the figures too good.
    """
    same, fold, scores = scored.same, scored.fold, scored.scores
    folds = np.unique(fold)
    others = {held: fold != held if len(folds) > 1 else fold == held for held in folds}
    n_neg = int((~same).sum())
    least = min((int((~same & seen).sum()) for seen in others.values()), default=0)
    allowed = math.floor(far * least * (1 + 1e-9))  # 0.001 * 3000 is 3, whatever its rounding
    entry = {"n_neg": n_neg, "n_neg_threshold": least, "false_accepts": allowed}
    if scored.one_sort or allowed < 1:
        why = f"of {least} pairs of two people a rate of {far:g} allows {far * least:.3g} false accepts"
        return {"rate": None, "far": None, **entry, "reason": f"{why}; at least 1 is needed"}
    accepted = np.zeros(len(same), bool)
    for held, seen in others.items():
        accepted |= (fold == held) & (scores > far_threshold(scores[seen & ~same], far))
    rate, reached = float(accepted[same].mean()), float(accepted[~same].mean())
    return {"rate": rate, "far": reached, **entry, "reason": None}


def far_threshold(negatives: np.ndarray, far: float) -> float:
    """The score above which at most the share ``far`` of the pairs of two people (n,) is accepted."""
    allowed = math.floor(far * len(negatives) * (1 + 1e-9))
    ranked = np.sort(negatives)[::-1]
    return float(ranked[allowed]) if allowed < len(ranked) else -math.inf


def fold_accuracies(
    scores: np.ndarray, same: np.ndarray, fold: np.ndarray, weights: np.ndarray | None = None
) -> list[float]:
    """Accuracy on each fold by the threshold of the others; a single fold is judged by its own threshold.

    ``weights`` (p,) says how often each pair counts, 1 by default; a pair of weight 0 is left out.
    """
    weights = np.ones(len(same)) if weights is None else weights
    there = weights > 0
    scores, same, fold, weights = scores[there], same[there], fold[there], weights[there]
    folds = np.unique(fold)
    shares = []
    for held in folds:
        test = fold == held
        others = ~test if len(folds) > 1 else test
        threshold = best_threshold(scores[others], same[others], weights[others])
        shares.append(float(np.average((scores[test] >= threshold) == same[test], weights=weights[test])))
    return shares


def best_threshold(scores: np.ndarray, same: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The threshold, midway between two scores, that is right for most weight; the lowest of equals."""
    order = np.argsort(scores, kind="stable")
    ranked, truth = scores[order], same[order]
    weight = np.ones(len(order)) if weights is None else weights[order]
    # A cut before position i takes the pairs from i on for one person.
    below = np.concatenate([[0], np.cumsum(weight * ~truth)])
    above = np.concatenate([np.cumsum((weight * truth)[::-1])[::-1], [0]])
    edges = np.concatenate([[ranked[0] - 1.0], (ranked[1:] + ranked[:-1]) / 2, [ranked[-1] + 1.0]])
    right = below + above
    right[1:-1][ranked[1:] == ranked[:-1]] = -1  # there is no threshold between equal scores
    return float(edges[np.argmax(right)])
