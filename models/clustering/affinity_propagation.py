"""Affinity propagation: rows choose exemplars among themselves, and so also their number."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import AffinityPropagation

from models.clustering.partition_clusterer import Partition, PartitionClusterer, refuse_beyond
from models.clustering.rows import Rows
from models.clustering.rules.exemplars import Exemplars
from models.devices.threads import tolerated_warnings

DAMPINGS = (0.5, 0.75, 0.9, 0.97)  # tried in turn until it converges


class AffinityPropagationClusterer(PartitionClusterer):
    """Affinity propagation (Frey and Dueck 2007) on negative squared distances; preference: their median.

    It is damped by 0.5, and by more if it does not converge. ``fit`` raises ValueError if it does not
    converge even at 0.97. New points go to the nearest of the exemplars that it chose.
    """

    def __init__(self, random_state: int | None = None, preference: float | None = None) -> None:
        self.random_state = random_state
        self.preference = preference

    def partition(self, rows: Rows) -> Partition:
        """Groups the rows by the exemplars that they choose."""
        x = rows.x
        refuse_beyond("affinity_propagation", len(x))
        if not np.ptp(x, axis=0).any():
            labels = np.zeros(len(x), np.int64)
            return Partition(labels, Exemplars(x[:1], labels[:1], np.zeros(1, np.int64)))
        for damping in DAMPINGS:
            estimator = AffinityPropagation(
                damping=damping, preference=self.preference, max_iter=500, random_state=self.random_state
            )
            with tolerated_warnings():
                estimator.fit(x)
            if estimator.n_iter_ < estimator.max_iter and len(estimator.cluster_centers_indices_):
                centres = np.asarray(estimator.cluster_centers_indices_, np.int64)
                labels = np.asarray(estimator.labels_, np.int64)
                return Partition(labels, Exemplars(x[centres], labels[centres], centres))
        raise ValueError(
            f"Affinity propagation did not settle on {len(x)} rows in 500 rounds at any damping of "
            f"{DAMPINGS}. Use another clusterer, or a lower preference."
        )
