"""P1's own protocol: k-means and DBSCAN on the unchanged embedding, scored in its own space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.cluster import DBSCAN, KMeans

from components.evaluate.figures.metrics import cluster_metrics, label_metrics

N_CLUSTERS, N_INIT = 10, 10
EPS, MIN_SAMPLES = 5.0, 5


def p1_protocol(
    embeddings: np.ndarray, labels: Sequence[str | None], random_state: int = 0
) -> dict[str, Any]:
    """P1's table 7.1 and its DBSCAN on embeddings (n, d), neither reduced nor scaled.

    Returns:
        ``kmeans``, with k = 10: silhouette and davies_bouldin, which can only be compared with figures of the
        same embedding (P1 compares two embeddings), and with labels acc, nmi and ari, which can be compared
        with any. ``dbscan``, with eps 5 and min_samples 5: n_clusters (without noise), noise (points),
        nearest_neighbour (the median distance to the 5th neighbour; an eps far from it finds nothing or
        everything), and scores if there are two clusters or more.
    """
    x = np.asarray(embeddings, np.float32)
    found = KMeans(min(N_CLUSTERS, len(x)), n_init=N_INIT, random_state=random_state).fit_predict(x)
    density = DBSCAN(eps=EPS, min_samples=MIN_SAMPLES).fit_predict(x)
    return {
        "space": f"embedding({x.shape[1]})",
        "n": len(x),
        "kmeans": scores(x, found, labels, random_state),
        "dbscan": {
            "noise": int((density < 0).sum()),
            "nearest_neighbour": float(np.median(neighbour_distances(x, MIN_SAMPLES))),
            **scores(x[density >= 0], density[density >= 0], kept(labels, density), random_state),
        },
    }


def kept(labels: Sequence[str | None], density: np.ndarray) -> list[str | None]:
    """The labels of points that are not noise."""
    return [label for label, cluster in zip(labels, density, strict=True) if cluster >= 0]


def scores(
    x: np.ndarray, clusters: np.ndarray, labels: Sequence[str | None], random_state: int
) -> dict[str, Any]:
    """n_clusters, silhouette, davies_bouldin, acc, nmi, ari; a figure that is not defined is None."""
    names = ("n_clusters", "silhouette", "davies_bouldin")
    if not len(x):
        return {"n_clusters": 0} | dict.fromkeys((*names[1:], "acc", "nmi", "ari"))
    inner, outer = cluster_metrics(x, clusters, random_state), label_metrics(labels, clusters)
    return {name: inner[name] for name in names} | {name: outer[name] for name in ("acc", "nmi", "ari")}


def neighbour_distances(x: np.ndarray, k: int) -> np.ndarray:
    """Distance of each row of x (n, d) to its k-th nearest other row, or to its furthest: (n,)."""
    squared = (x * x).sum(axis=1)
    distances = np.sqrt(np.maximum(squared[:, None] + squared[None] - 2.0 * x @ x.T, 0.0))
    np.fill_diagonal(distances, 0.0)
    return np.sort(distances, axis=1)[:, min(k, len(x) - 1)]
