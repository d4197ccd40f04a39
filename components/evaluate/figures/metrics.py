"""How good a clustering is: by labels, counted exactly, and without them, in the clusterer's own space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.metrics import davies_bouldin_score, silhouette_score

from components.evaluate.figures.agreement import COUNTS, NAMES, NOISE, agreement, cells_of

SILHOUETTE_ROWS = 5000  # with more rows the silhouette is computed on a seeded sample


def labelled(labels: Sequence[str | None]) -> np.ndarray:
    """Which faces have a label: bool (n,)."""
    return np.array([label is not None for label in labels], bool)


def label_metrics(labels: Sequence[str | None], clusters: np.ndarray) -> dict[str, Any]:
    """Agreement of clusters (n,) with identities; faces whose label is None are left out.

    A face in no group, cluster -1 (noise), counts as a group of its own in every figure.

    - ari: -0.5 to 1, and ami (arithmetic mean): at most 1; both are 0 by chance.
    - nmi (arithmetic mean), homogeneity, completeness (Rosenberg and Hirschberg 2007), pairwise_precision,
      pairwise_recall, pairwise_f, bcubed_precision, bcubed_recall, bcubed_f (Bagga and Baldwin 1998),
      purity (share of faces that are of their cluster's majority) and acc (share under the best one-to-one
      map): 0 to 1.
    - The repair effort. Every cluster belongs to its majority identity, or of equals to the first in sorted
      order. merges: occupied clusters minus identities that own one; moves: faces that are not of their
      cluster's majority; repairs: merges + moves.
    - n_labelled, n_identities: what was counted; n_noise: faces among them in no group.

    All figures are None if fewer than 2 faces have a label; a pairwise one also if it has nothing to count.
    Raises ValueError on different lengths.
    """
    clusters = np.asarray(clusters)
    if len(labels) != len(clusters):
        raise ValueError(f"Expected one label a face: received {len(labels)} for {len(clusters)} faces.")
    found = clusters[labelled(labels)]
    truth = [label for label in labels if label is not None]
    counts = {
        "n_labelled": len(truth),
        "n_identities": len(set(truth)),
        "n_noise": int((found == NOISE).sum()),
    }
    if len(truth) < 2:
        return dict.fromkeys(NAMES) | counts
    cells = cells_of(truth, found)
    scores = agreement(cells, np.ones((1, len(cells.faces_of))))
    return {name: plain_value(name, scores[name][0]) for name in NAMES} | counts


def plain_value(name: str, value: float) -> float | int | None:
    """A figure of ``label_metrics`` for JSON: counts are whole, NaN is None."""
    if np.isnan(value):
        return None
    return round(float(value)) if name in COUNTS else float(value)


def cluster_metrics(x: np.ndarray, clusters: np.ndarray, random_state: int = 0) -> dict[str, Any]:
    """Figures without labels of rows x (n, m) in the space that the clusterer was fitted in.

    silhouette (-1 to 1, more is better; on ``n_silhouette`` rows: all, or a seeded sample above 5,000) and
    davies_bouldin (0 and up, less is better; always on all rows) are None if there is one cluster, or as many
    as rows. n_clusters counts clusters with a face; cluster_sizes is {cluster: faces}. Rows in no cluster,
    -1, are counted in n_noise and left out of all these; largest_cluster_share is of all n rows.
    """
    x, clusters = np.asarray(x, np.float64), np.asarray(clusters)
    if len(x) != len(clusters) or len(x) == 0:
        raise ValueError(f"Expected one cluster a row, at least one; received {len(clusters)} for {len(x)}.")
    n, inside = len(x), clusters != NOISE
    x, clusters = x[inside], clusters[inside]
    names, sizes = np.unique(clusters, return_counts=True)
    sample = np.arange(len(x))
    if len(x) > SILHOUETTE_ROWS:
        sample = np.sort(np.random.default_rng(random_state).choice(len(x), SILHOUETTE_ROWS, replace=False))
    return {
        "silhouette": _score(silhouette_score, x[sample], clusters[sample]),
        "n_silhouette": len(sample),
        "davies_bouldin": _score(davies_bouldin_score, x, clusters),
        "n_clusters": len(names),
        "cluster_sizes": {int(name): int(size) for name, size in zip(names, sizes, strict=True)},
        "largest_cluster_share": float(sizes.max(initial=0) / n),
        "n_singletons": int((sizes == 1).sum()),
        "n_noise": n - len(x),
    }


def _score(score: Any, x: np.ndarray, clusters: np.ndarray) -> float | None:
    if not 2 <= len(np.unique(clusters)) < len(x):
        return None
    return float(score(x, clusters))
