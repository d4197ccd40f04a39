"""Clusterers behind one contract; ``CLUSTERERS`` is the one place to add a clusterer.

An entry is ``build(n_clusters, random_state, **options)``. It returns an unfitted scikit-learn estimator
with ``fit(x)`` and ``predict(x)`` and, once fitted, ``labels_`` (n,), -1 for noise, ``n_clusters_``,
``confidence_`` (n,), 0 to 1, ``converged_``, ``inertia_`` (or None), and one rule for new points, which
the served graph evaluates: ``mixture_``, a Gaussian mixture, ``exemplars_``, rows that stand for their
clusters, or ``averages_``, clusters by their mean rows. ``models.clustering.rules.assignment`` applies each.
``n_clusters`` None is for those of ``FINDS_NUMBER``, which find the number by themselves
(``agglomerative`` and ``average_linkage`` do both). Example::

    clusterer = CLUSTERERS["gmm"](40, 0, covariance_type="tied").fit(embeddings)
    assign(rule_of(clusterer), new_embeddings).confidence
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from models.clustering.bayesian_mixture import BayesianMixtureClusterer
from models.clustering.gaussian_mixture import GaussianMixtureClusterer
from models.clustering.kmeans import KMeansClusterer
from models.clustering.partition_clusterer import METHODS, PartitionClusterer


def build_partition(
    method: str, n_clusters: int | None, random_state: int | None, **options: Any
) -> PartitionClusterer:
    """A grouping of ``models.clustering.partition_clusterer.METHODS``; options are those of its function."""
    return PartitionClusterer(method, n_clusters, random_state, options or None)


CLUSTERERS: dict[str, Callable[..., Any]] = {
    "kmeans": KMeansClusterer,
    "minibatch_kmeans": partial(KMeansClusterer, mini_batch=True),
    "gmm": GaussianMixtureClusterer,
    "bayesian_gmm": BayesianMixtureClusterer,
    **{method: partial(build_partition, method) for method in METHODS},
}
# Clusterers that need no number of clusters.
FINDS_NUMBER = ("bayesian_gmm", "affinity_propagation", "agglomerative", "average_linkage", "dbscan",
                "hdbscan", "chinese_whispers", "infomap")  # fmt: skip
