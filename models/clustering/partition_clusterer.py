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
    """Labels (n,) int64 from 0, noise -1, and the rule by which new points are told.

    ``threshold`` tells what the number of groups was chosen by, where a clusterer keeps it.
    """

    labels: np.ndarray
    rule: Rule
    threshold: IdentityThreshold | None = None


class PartitionClusterer(ClusterMixin, BaseEstimator):
    """A grouping with a rule for new points: they go where what is most like them is.

    A clusterer is a subclass with its settings and ``partition``. Once fitted it has ``labels_`` (n,),
    ``n_clusters_`` (noise is none), ``confidence_`` (n,), and ``rule_``, which the served graph evaluates.
    ``labels_`` are the grouping's own; ``predict`` of a fitted row says the same wherever the row is an
    exemplar itself. ``threshold_`` tells what the number of groups was chosen by, or is None. Where the
    setting ``n_clusters`` is None the number is found.
    """

    def partition(self, rows: Rows) -> Partition:
        """The grouping of rows x (n, d) float64, finite, n at least 1."""
        raise NotImplementedError

    def fit(self, x: np.ndarray, y: None = None, groups: np.ndarray | None = None) -> PartitionClusterer:
        """Fit on x (n, d) floats, ``groups`` (n,) int the photo of each row where that is known.

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
        """None: the groups have no density."""

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
    """Raises ValueError where a clusterer of quadratic cost is asked for more rows than it can carry."""
    most = CLUSTERERS[name].most_rows
    if most is not None and n > most:
        raise ValueError(
            f"{name} keeps a matrix of n x n or a tree of it: at most {most} rows, received {n}. "
            "Use hdbscan, chinese_whispers or infomap, whose neighbour graph grows with n, or kmeans."
        )
