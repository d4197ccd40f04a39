"""What hiding a part of faces does to a model: to its groups, to its likenesses, and to given pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from components.evaluate.figures.bands import pair_weights, weighted_roc
from components.evaluate.figures.roc import unit_about
from components.evaluate.figures.verification import Scored, best_threshold
from components.occlude.intervals import REPLICATES, Effect, people_weights, weighted_mean

SCORES = ("cluster", "similarity", "auc", "accuracy")
UNLABELLED = SCORES[:2]
IN_NO_GROUP = -1


@dataclass(frozen=True)
class Answers:
    """A model's answers to n chips: ``embedding`` (n, d) float32, ``cluster`` (n,) int64, or None without.

    Cluster -1 is no group: a face that the model doesn't know.
    """

    embedding: np.ndarray
    cluster: np.ndarray | None


Ask = Callable[[np.ndarray], Answers]  # from chips (n, h, w, 3) uint8


class OfFaces:
    """The scores without labels of n faces, against what the model says of the whole faces.

    ``cluster``: the share of faces that change their group. ``similarity``: the fall of the cosine to the
    whole face, 1 less the cosine, about the whole faces' mean.
    """

    def __init__(self, whole: Answers, people: np.ndarray, random_state: int = 0) -> None:
        """``people`` (n,) int64 are drawn for the intervals."""
        self._middle = whole.embedding.astype(np.float64).mean(axis=0)
        self._unit = unit_about(whole.embedding, self._middle)
        self._cluster = whole.cluster
        self._weights = people_weights(people, REPLICATES, random_state)

    def effects(self, answers: Answers) -> dict[str, Effect]:
        """The effect on each score that the model has."""
        unit = unit_about(answers.embedding, self._middle)
        fall = np.square(unit - self._unit).sum(axis=1) / 2  # 1 less the cosine, and 0 of equal ones
        found = {"similarity": weighted_mean(fall, self._weights)}
        if answers.cluster is not None and self._cluster is not None:
            found["cluster"] = weighted_mean(answers.cluster != self._cluster, self._weights)
        return found


class OfPairs:
    """The scores of given pairs, both of whose photos are occluded alike, against those of whole faces.

    ``auc``: its fall. ``accuracy``: the fall of the share told right by the whole faces' thresholds, each
    fold's from the other folds. Cosines are about the whole faces' mean, as a threshold in use would see
    them.
    """

    def __init__(self, whole: np.ndarray, rows: np.ndarray, told: Scored, random_state: int = 0) -> None:
        """``whole`` (n, d) are the whole faces' embeddings, ``rows`` (p, 2) those of the pairs, ``told`` has
        the pairs' same, fold and people; its scores are not read."""
        self._middle = whole.astype(np.float64).mean(axis=0)
        self._rows, self._told = rows, told
        self._weights, self.drawn = pair_weights(told, REPLICATES, random_state)
        scores = self._scores(whole)
        self._thresholds = thresholds_of_others(scores, told.same, told.fold)
        self.whole = self._figures(scores)

    def _scores(self, embedding: np.ndarray) -> np.ndarray:
        unit = unit_about(embedding, self._middle)
        scores: np.ndarray = np.einsum("ij,ij->i", unit[self._rows[:, 0]], unit[self._rows[:, 1]])
        return scores

    def _figures(self, scores: np.ndarray) -> dict[str, Effect]:
        told = Scored(scores, self._told.same, self._told.fold, self._told.index, self._told.people, 0)
        right = (scores >= self._thresholds) == told.same
        return {"auc": auc_of(told, self._weights), "accuracy": weighted_mean(right, self._weights)}

    def effects(self, answers: Answers) -> dict[str, Effect]:
        """How much each figure falls."""
        found = self._figures(self._scores(answers.embedding))
        return {name: self.whole[name].minus(found[name]) for name in found}


def auc_of(scored: Scored, weights: np.ndarray) -> Effect:
    """The area under the ROC, and that of each replicate with weights (r, p)."""

    def area(weighed: np.ndarray) -> np.ndarray:
        fpr, tpr = weighted_roc(scored, weighed)
        found: np.ndarray = (np.diff(fpr, axis=1) * (tpr[:, 1:] + tpr[:, :-1]) / 2).sum(axis=1)
        return found

    return Effect(float(area(np.ones((1, len(scored.same)), np.int64))[0]), area(weights))


def thresholds_of_others(scores: np.ndarray, same: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """For each pair (p,) the threshold that is best on the other folds; on all pairs if there is one fold."""
    found = np.empty(len(scores))
    folds = np.unique(fold)
    for held in folds:
        others = fold != held if len(folds) > 1 else np.ones(len(fold), bool)
        found[fold == held] = best_threshold(scores[others], same[others])
    return found
