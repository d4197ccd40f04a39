"""Groups that a network has told already: the last numbers of a point are the logits of its classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.clustering.rows import checked, group_means
from models.clustering.rules.assignment import Assignment, Rule


@dataclass(frozen=True)
class LargestLogit(Rule):
    """The class of a point's largest logit; confidence is the largest share of their softmax.

    ``logits`` (k,) int64 says which of a point's ``dimension`` numbers are those of the k groups; a class
    that nobody is in has none. ``means`` (k, dimension) float64 and ``sizes`` (k,) int64 are of the fitted
    rows of each group: a point is the more familiar, the nearer it is to its group's mean.
    """

    kind: ClassVar[str] = "largest_logit"

    logits: np.ndarray
    means: np.ndarray
    sizes: np.ndarray

    @property
    def dimension(self) -> int:
        """How many numbers a point has."""
        return self.means.shape[1]

    def checked(self, x: np.ndarray) -> np.ndarray:
        """Points x (n, dimension) as float64; ValueError for NaN, infinity or another length."""
        x = checked(x)
        if x.shape[1] != self.dimension:
            raise ValueError(
                f"Expected rows of shape (n, {self.dimension}), as the clusters were fitted on; received "
                f"{x.shape}."
            )
        return x

    def assign(self, x: np.ndarray) -> Assignment:
        """Points x (n, d) go to the class of their largest logit; see ``Rule.assign``."""
        x = self.checked(x)
        told = x[:, self.logits]
        cluster = told.argmax(axis=1)
        confidence = 1 / np.exp(told - told.max(axis=1, keepdims=True)).sum(axis=1)
        return Assignment(cluster, confidence, -np.square(x - self.means[cluster]).sum(axis=1))

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Minus the squared distance to the mean of the other rows of the row's label, or NaN: (n,)."""
        x = self.checked(x)
        sizes = self.sizes[labels]
        squared = np.square(x - self.means[labels]).sum(axis=1)
        others = np.where(sizes > 1, sizes / np.maximum(sizes - 1, 1), np.nan)
        return np.asarray(-squared * np.square(others))


def largest_logit_of(x: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, LargestLogit]:
    """The groups (n,) of rows x (n, d) by their logits in ``columns``, dense from 0, and their rule."""
    told = x[:, columns].argmax(axis=1)
    kept, labels = np.unique(told, return_inverse=True)
    labels = labels.astype(np.int64)
    return labels, LargestLogit(columns[kept], group_means(x, labels), np.bincount(labels))
