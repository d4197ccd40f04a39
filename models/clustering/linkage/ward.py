"""Ward's tree, which gives clusterers a deterministic start for every number of clusters."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist

from models.clustering.rows import group_means

WARD_ROWS = 4000  # the tree needs n^2 / 2 distances: 64 MB at this many rows


def ward_tree(x: np.ndarray) -> np.ndarray:
    """Ward's tree of x (n, d): SciPy's linkage matrix (n - 1, 4), without rows if n = 1."""
    return linkage(pdist(x), method="ward") if len(x) > 1 else np.empty((0, 4))


def cut(tree: np.ndarray, n_clusters: int) -> np.ndarray:
    """The labels (n,) of exactly n_clusters <= n groups: the last n_clusters - 1 merges are undone."""
    n = len(tree) + 1
    if not 1 <= n_clusters <= n:
        raise ValueError(f"Cannot cut a tree of {n} rows into {n_clusters} clusters. Expected 1 to {n}.")
    merges = n - n_clusters
    children = tree[:merges, :2].astype(np.int64).T.ravel()
    parents = np.tile(np.arange(n, n + merges), 2)
    graph = coo_matrix((np.ones(len(parents)), (children, parents)), shape=(n + merges, n + merges))
    components = connected_components(graph, directed=False)[1]
    return np.unique(components[:n], return_inverse=True)[1]


def ward_means(x: np.ndarray, n_clusters: int, random_state: int | None = None) -> np.ndarray:
    """The means (k, d) of Ward's groups of x (n, d), from at most WARD_ROWS (or n_clusters) seeded rows."""
    limit = max(WARD_ROWS, n_clusters)
    if n_clusters == 1:
        return x.mean(axis=0, keepdims=True)
    if len(x) > limit:
        chosen = np.random.default_rng(random_state).choice(len(x), limit, replace=False)
        x = x[np.sort(chosen)]
    return group_means(x, cut(ward_tree(x), n_clusters))
