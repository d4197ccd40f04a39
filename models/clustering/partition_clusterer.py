"""The scikit-learn estimator of every grouping that leaves exemplars or averages instead of a density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage.identity_threshold import IdentityThreshold
from models.clustering.rows import Rows, checked_for_fit, checked_for_predict
from models.clustering.rules.assignment import Rule


@dataclass(frozen=True)
class Partition:
    """Labels (n,) int64 from 0, with -1 for noise, and the rule that assigns new points.

    ``threshold`` says how the number of groups was chosen, if a clusterer keeps that.
    """

    labels: np.ndarray
    rule: Rule
    threshold: IdentityThreshold | None = None


class PartitionClusterer(ClusterMixin, BaseEstimator):
    """A grouping with a rule for new points, which go to the group of what they are most similar to.

    A clusterer is a subclass with its settings and ``partition``. Once fitted, it has ``labels_`` (n,),
    ``n_clusters_`` (noise does not count), ``confidence_`` (n,), and ``rule_``, which the served graph
    evaluates. ``labels_`` come from the grouping itself; ``predict`` returns the same for a fitted row that
    is an exemplar. ``threshold_`` says how the number of groups was chosen, or is None. If the setting
    ``n_clusters`` is None, the number is found.
    """

    def partition(self, rows: Rows) -> Partition:
        """The grouping of rows x (n, d) float64, finite, n at least 1."""
        raise NotImplementedError

    def fit(self, x: np.ndarray, y: None = None, groups: np.ndarray | None = None) -> PartitionClusterer:
        """Fit on x (n, d) floats; ``groups`` (n,) int is the photo of each row, if that is known.

        Raises ValueError on non-finite rows or too few distinct ones.
        """
        x = checked_for_fit(self, x, getattr(self, "n_clusters", None))
        found = self.partition(Rows(x, groups))
        self.labels_ = found.labels
        self.rule_ = found.rule
        self.threshold_ = found.threshold
        self.n_clusters_ = int(found.labels.max(initial=-1)) + 1
        self.converged_ = True
        self.inertia_ = None
        self._fitted_rows = x
        return self

    def n_parameters(self, n_clusters: int, d: int) -> None:
        """Returns None, because the groups have no density."""

    @property
    def confidence_(self) -> np.ndarray:
        """Confidence of each fitted row, by the rule for new points: float64 (n,), 0 for noise."""
        check_is_fitted(self)
        return np.where(self.labels_ < 0, 0.0, self.rule_.assign(self._fitted_rows).confidence)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Cluster of each row of x (n, d), by the rule: int64 (n,), -1 for noise."""
        check_is_fitted(self)
        return self.rule_.assign(checked_for_predict(self, x)).cluster


def refuse_beyond(name: str, n: int) -> None:
    """Raises ValueError if a clusterer of quadratic cost gets more rows than it can handle."""
    most = CLUSTERERS[name].most_rows
    if most is not None and n > most:
        raise ValueError(
            f"{name} keeps a matrix of n x n or a tree of it: at most {most} rows, received {n}. "
            "Use hdbscan, chinese_whispers or infomap, whose neighbour graph grows with n, or kmeans."
        )
