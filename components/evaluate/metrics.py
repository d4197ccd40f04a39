"""What a clustering is worth: with labels, counted exactly, and without, in the clusterer's own space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import (
    adjusted_rand_score,
    davies_bouldin_score,
    normalized_mutual_info_score,
    silhouette_score,
)

SILHOUETTE_ROWS = 5000  # rows above which the silhouette is computed on a seeded sample


def labelled(labels: Sequence[str | None]) -> np.ndarray:
    """Which faces have a label: bool (n,)."""
    return np.array([label is not None for label in labels], bool)


def contingency(truth: Sequence[str], clusters: np.ndarray) -> np.ndarray:
    """How many faces each identity (row) has in each occupied cluster (column): int64."""
    _, rows = np.unique(np.asarray(truth), return_inverse=True)
    _, columns = np.unique(np.asarray(clusters), return_inverse=True)
    shape = (rows.max(initial=-1) + 1, columns.max(initial=-1) + 1)
    table = np.zeros(shape, np.int64)
    np.add.at(table, (rows, columns), 1)
    return table


def pairs(counts: np.ndarray) -> int:
    """Number of pairs within groups of these sizes."""
    counts = counts.astype(object) if counts.size and counts.max() > 10**9 else counts
    return int((counts * (counts - 1) // 2).sum())


def pairwise_scores(table: np.ndarray) -> dict[str, float | None]:
    """Precision, recall and F over all pairs of faces, from the contingency table.

    A pair is predicted when both are in one cluster, true when both are one person. A figure is None where
    it has nothing to count: no pair predicted (precision), no true pair (recall), neither (F).
    """
    both = pairs(table)
    predicted, true = pairs(table.sum(axis=0)), pairs(table.sum(axis=1))
    return {
        "pairwise_precision": both / predicted if predicted else None,
        "pairwise_recall": both / true if true else None,
        "pairwise_f": 2 * both / (predicted + true) if predicted + true else None,
    }


def bcubed_scores(table: np.ndarray) -> dict[str, float]:
    """Precision, recall and F averaged over faces (Bagga and Baldwin 1998), from the contingency table.

    A face's precision is the share of its cluster that is of its identity, its recall the share of its
    identity that is in its cluster.
    """
    squared = table.astype(np.float64) ** 2
    precision = float((squared / np.maximum(table.sum(axis=0, keepdims=True), 1)).sum() / table.sum())
    recall = float((squared / np.maximum(table.sum(axis=1, keepdims=True), 1)).sum() / table.sum())
    f = 2 * precision * recall / (precision + recall)
    return {"bcubed_precision": precision, "bcubed_recall": recall, "bcubed_f": f}


def label_metrics(labels: Sequence[str | None], clusters: np.ndarray) -> dict[str, Any]:
    """Agreement of clusters (n,) with identities; faces whose label is None are left out.

    ari: -0.5 to 1; nmi (arithmetic mean), pairwise_precision, pairwise_recall, pairwise_f, purity (share of
    faces that are of their cluster's commonest identity) and acc (share under the best one-to-one map):
    0 to 1. All None where fewer than 2 faces have a label. Raises ValueError on different lengths.
    """
    clusters = np.asarray(clusters)
    if len(labels) != len(clusters):
        raise ValueError(f"Expected one label a face: received {len(labels)} for {len(clusters)} faces.")
    known = labelled(labels)
    truth = [label for label in labels if label is not None]
    counts = {"n_labelled": len(truth), "n_identities": len(set(truth))}
    if len(truth) < 2:
        names = ("ari", "nmi", "pairwise_precision", "pairwise_recall", "pairwise_f", "purity", "acc")
        return dict.fromkeys(names) | counts
    found = clusters[known]
    table = contingency(truth, found)
    return {
        "ari": float(adjusted_rand_score(truth, found)),
        "nmi": float(normalized_mutual_info_score(truth, found, average_method="arithmetic")),
        **pairwise_scores(table),
        "purity": float(table.max(axis=0).sum() / table.sum()),
        "acc": float(table[linear_sum_assignment(table, maximize=True)].sum() / table.sum()),
        **counts,
    }


def cluster_metrics(x: np.ndarray, clusters: np.ndarray, random_state: int = 0) -> dict[str, Any]:
    """What can be said without labels of rows x (n, m), in the space that the clusterer was fitted in.

    silhouette (-1 to 1, more is better; on ``n_silhouette`` rows: all, or a seeded sample above 5,000) and
    davies_bouldin (0 and up, less is better; always on all rows) are None where there is one cluster or as
    many as rows. n_clusters counts clusters with a face; cluster_sizes is {cluster: faces}.
    """
    x, clusters = np.asarray(x, np.float64), np.asarray(clusters)
    if len(x) != len(clusters) or len(x) == 0:
        raise ValueError(f"Expected one cluster a row, at least one; received {len(clusters)} for {len(x)}.")
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
        "largest_cluster_share": float(sizes.max() / len(x)),
        "n_singletons": int((sizes == 1).sum()),
    }


def _score(score: Any, x: np.ndarray, clusters: np.ndarray) -> float | None:
    if not 2 <= len(np.unique(clusters)) < len(x):
        return None
    return float(score(x, clusters))
