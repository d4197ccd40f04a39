"""The scikit-learn estimator of every grouping that leaves exemplars or averages instead of a density."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from models.clustering.average_linkage import average_linkage
from models.clustering.graphs.graph_partitions import chinese_whispers, hdbscan, infomap
from models.clustering.partitions import Partition, affinity_propagation, agglomerative, dbscan, spectral
from models.clustering.rows import checked_for_fit, checked_for_predict
from models.clustering.rules.exemplars import confidence
from models.clustering.rules.nearest_mean import Averages, nearest_by

# Name: the function, and whether it finds exactly the number of clusters that it is given.
METHODS: dict[str, tuple[Callable[..., Partition], bool]] = {
    "spectral": (spectral, True),
    "affinity_propagation": (affinity_propagation, False),
    "agglomerative": (agglomerative, True),
    "average_linkage": (average_linkage, True),
    "dbscan": (dbscan, False),
    "hdbscan": (hdbscan, False),
    "chinese_whispers": (chinese_whispers, False),
    "infomap": (infomap, False),
}
RULES = ("exemplars_", "averages_")


class PartitionClusterer(ClusterMixin, BaseEstimator):
    """A grouping of ``METHODS`` with a rule for new points: they go where what is most like them is.

    Once fitted it has ``labels_`` (n,), ``n_clusters_`` (noise is none), ``confidence_`` (n,), see
    ``models.clustering.rules.exemplars.confidence``, and ``exemplars_`` or ``averages_``, the rule that the
    served graph evaluates. ``labels_`` are the method's own; ``predict`` of a fitted row says the same
    wherever the row is an exemplar itself. ``threshold_`` tells what the number of groups was chosen by, or
    is None. ``n_clusters`` None: the method finds the number by itself. ``options`` are the function's.
    """

    def __init__(
        self,
        method: str = "agglomerative",
        n_clusters: int | None = None,
        random_state: int | None = None,
        options: dict[str, Any] | None = None,
    ):
        self.method = method
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.options = options

    def fit(self, x: np.ndarray, y: None = None) -> PartitionClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones."""
        if self.method not in METHODS:
            raise ValueError(f"Unknown method {self.method!r}. Expected one of: {', '.join(METHODS)}.")
        function, takes_number = METHODS[self.method]
        x = checked_for_fit(self, x, self.n_clusters if takes_number else None)
        arguments = {"random_state": self.random_state, **(self.options or {})}
        if takes_number:
            arguments["n_clusters"] = self.n_clusters
        found = function(x, **arguments)
        self.labels_ = found.labels
        for name in RULES:
            self.__dict__.pop(name, None)
        setattr(self, RULES[isinstance(found.rule, Averages)], found.rule)
        self._rule = found.rule
        self.threshold_ = found.threshold
        self.n_clusters_ = int(found.labels.max(initial=-1)) + 1
        self.converged_ = True
        self.inertia_ = None
        self._fitted_rows = x
        return self

    @property
    def confidence_(self) -> np.ndarray:
        """Confidence of each fitted row, by the rule for new points: float64 (n,), 0 for noise."""
        check_is_fitted(self)
        return np.where(self.labels_ < 0, 0.0, confidence(nearest_by(self._rule, self._fitted_rows)))

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Cluster of each row of x (n, d), by the rule: int64 (n,), -1 for noise."""
        check_is_fitted(self)
        return nearest_by(self._rule, checked_for_predict(self, x)).cluster
