"""Signs that an embedding or a grouping has collapsed: few directions, or one huge cluster."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.neighbors import NearestNeighbors

from components.evaluate.figures.agreement import NOISE

NEIGHBOURS = 10


def effective_rank(x: np.ndarray) -> float:
    """exp of the entropy of the normalised singular values of the centred rows x (n, d): 1 to min(n - 1, d).

    Roy and Vetterli 2007, "The effective rank: a measure of effective dimensionality", definition 1. It is
    0 if all rows are equal. Raises ValueError unless x has two or more rows of finite numbers.
    """
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or len(x) < 2 or not np.isfinite(x).all():
        raise ValueError(
            f"Expected at least two rows of finite numbers, (n, d); received shape {x.shape}. "
            "Give the embeddings of all faces."
        )
    centred = x - x.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    rounding = np.finfo(np.float64).eps * max(x.shape) * np.abs(x).max()
    values = values[values > rounding]
    if not len(values):
        return 0.0
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def mega_cluster(x: np.ndarray, clusters: np.ndarray, n_neighbors: int = NEIGHBOURS) -> dict[str, Any]:
    """The largest cluster: how many of the faces it has, and whether they belong together.

    Args:
        x: rows (n, d) in the space that was clustered in; neighbours are Euclidean.
        clusters: (n,) int; noise, -1, is no cluster, though noise faces may be neighbours.
        n_neighbors: how many nearest neighbours of each face are looked at.

    Returns:
        ``cluster`` (the lowest number among equally large ones), ``size``, and ``share`` of all n faces;
        ``interconnectedness``, the share of its faces' nearest neighbours that are inside it, and
        ``interconnectedness_others``, the same for the faces of all other clusters with their own (None if
        there are no others); ``by_chance`` and ``by_chance_others``, the shares that neighbours drawn evenly
        from all other faces would give; ``n_neighbors`` used, fewer than asked for if there are fewer faces.
        A mega cluster that only collects what is left over is large and hardly above chance.

    Raises:
        ValueError: different lengths, fewer than 2 rows, or no face in a cluster.
    """
    x, clusters = np.asarray(x, np.float64), np.asarray(clusters)
    if len(x) != len(clusters) or len(x) < 2:
        raise ValueError(f"Expected one cluster a row, at least two; received {len(clusters)} for {len(x)}.")
    names, sizes = np.unique(clusters[clusters != NOISE], return_counts=True)
    if not len(names):
        raise ValueError("There is no cluster. Expected a face with a number from 0; received noise only.")
    largest = names[np.argmax(sizes)]
    k = min(n_neighbors, len(x) - 1)
    neighbours = NearestNeighbors(n_neighbors=k).fit(x).kneighbors(return_distance=False)  # without itself
    inside = (clusters[neighbours] == clusters[:, None]).mean(axis=1)
    size_of = dict(zip(names.tolist(), sizes.tolist(), strict=True))
    chance = np.array([(size_of.get(int(c), 1) - 1) / (len(x) - 1) for c in clusters])
    within, others = clusters == largest, (clusters != largest) & (clusters != NOISE)
    return {
        "cluster": int(largest),
        "size": int(sizes.max()),
        "share": float(sizes.max() / len(x)),
        "interconnectedness": float(inside[within].mean()),
        "interconnectedness_others": float(inside[others].mean()) if others.any() else None,
        "by_chance": float(chance[within].mean()),
        "by_chance_others": float(chance[others].mean()) if others.any() else None,
        "n_neighbors": k,
    }
