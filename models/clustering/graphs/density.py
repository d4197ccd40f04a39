"""Groups by density, with noise: HDBSCAN and DBSCAN over nearest neighbours, without n x n memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from sklearn.cluster import HDBSCAN

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.graphs.neighbour_graph import finite_rows, neighbours, symmetric, undirected_edges

JOIN_ROWS = 2000  # rows of a part that are searched for the edge that joins it to another part
JOIN_NEIGHBOURS = 8  # parts near each part, among which its edge is searched
Edges = tuple[np.ndarray, np.ndarray, np.ndarray]


def hdbscan_clusters(
    x: np.ndarray,
    min_cluster_size: int = 2,
    min_samples: int | None = None,
    n_neighbors: int = 16,
    random_state: int | None = 0,
    found: tuple[np.ndarray, np.ndarray] | None = None,
    **options: Any,
) -> tuple[np.ndarray, np.ndarray]:
    """HDBSCAN (Campello, Moulavi and Sander, PAKDD 2013) over the neighbour graph of rows x (n, d).

    Returns labels int64 (n,), -1 for noise, else 0 .. k-1 by first rows, and probabilities float64 (n,), 0 to
    1: how deep in its cluster a row is, 0 for noise. min_samples counts the row itself, as in scikit-learn;
    None stands for min_cluster_size. ``found`` is neighbours(x), if it is already known. The options are
    scikit-learn's: cluster_selection_method, cluster_selection_epsilon, allow_single_cluster.

    The spanning tree of the mutual reachability distances is searched among the edges of the graph, and parts
    that no edge joins are joined by ``joining_edges``. scikit-learn's HDBSCAN gets only that tree, because
    its clusters depend on nothing else. With n_neighbors = n - 1 this is exactly HDBSCAN. A single row is
    noise; min_cluster_size or more rows that are all equal are one cluster. Raises ValueError for rows that
    are not finite, min_cluster_size < 2, or fewer neighbours than min_samples - 1.
    """
    rows = finite_rows(x)
    min_samples = min_cluster_size if min_samples is None else min_samples
    if min_cluster_size < 2 or min_samples < 1:
        raise ValueError(
            f"Expected min_cluster_size of at least 2 and min_samples of at least 1; "
            f"received {min_cluster_size} and {min_samples}."
        )
    n = len(rows)
    if n < max(min_cluster_size, min_samples):
        return np.full(n, -1), np.zeros(n)
    if not np.ptp(rows, axis=0).any():
        return np.zeros(n, np.int64), np.ones(n)
    if found is None:
        found = neighbours(rows, max(n_neighbors, min_samples - 1), random_state)
    low, high, weight = reachability_tree(rows, *found, min_samples, random_state)
    # scikit-learn needs weights above 0. Equal rows get this one, which is below that of any others.
    least = weight.max() * np.finfo(np.float32).eps
    ends = np.concatenate([low, high]), np.concatenate([high, low])
    tree = csr_matrix((np.tile(np.maximum(weight, least), 2), ends), shape=(n, n))
    hdbscan = HDBSCAN(min_cluster_size, min_samples=1, metric="precomputed", **options).fit(tree)
    return _named(hdbscan.labels_), hdbscan.probabilities_


def reachability_tree(
    rows: np.ndarray,
    distances: np.ndarray,
    indices: np.ndarray,
    min_samples: int,
    random_state: int | None = 0,
) -> Edges:
    """The smallest spanning tree by mutual reachability distance: (low, high, weight), n - 1 edges.

    The distance of i and j is max(core_i, core_j, |x_i - x_j|), where core is the distance to the
    (min_samples - 1)-th other row. Raises ValueError if distances (n, k) have fewer columns than that.
    """
    if distances.shape[1] < min_samples - 1:
        raise ValueError(
            f"min_samples of {min_samples} needs {min_samples - 1} neighbours a row, "
            f"received {distances.shape[1]}. Search for more: neighbours(x, n_neighbors)."
        )
    core = distances[:, min_samples - 2] if min_samples > 1 else np.zeros(len(rows), np.float32)
    low, high, length = undirected_edges(distances, indices)
    edges = low, high, np.maximum(np.maximum(core[low], core[high]), length).astype(np.float64)
    joining = joining_edges(rows, _parts(edges, len(rows)), core, random_state)
    every = [np.concatenate(pair) for pair in zip(edges, joining, strict=True)]
    return _spanning_forest(every[0], every[1], every[2], len(rows))


def joining_edges(
    rows: np.ndarray, parts: np.ndarray, core: np.ndarray, random_state: int | None = 0
) -> Edges:
    """Edges that connect rows (n, d) in separate parts (n,): (low, high, mutual reachability).

    The parts' mean rows are joined by the spanning forest of their own neighbours. This is repeated with the
    larger parts that result, until one part is left. An edge between two parts goes from the row of one part
    that is nearest to the other's mean to the row of the other part that is nearest to it, among at most
    ``JOIN_ROWS`` seeded rows of each. Its length is an upper bound on the distance of the parts, so they
    never merge earlier in the hierarchy than they should.
    """
    generator = np.random.default_rng(random_state)
    joined: list[tuple[int, int, float]] = []
    while parts.max() > 0:
        members = np.split(np.argsort(parts, kind="stable"), np.cumsum(np.bincount(parts))[:-1])
        means = np.stack([rows[member].mean(axis=0) for member in members])
        sampled = [
            m if len(m) <= JOIN_ROWS else np.sort(generator.choice(m, JOIN_ROWS, replace=False))
            for m in members
        ]
        near, which = neighbours(means, JOIN_NEIGHBOURS, random_state)
        a, b, length = _spanning_forest(*undirected_edges(near, which), len(means))
        for one, other in zip(a, b, strict=True):
            p = sampled[one][np.square(rows[sampled[one]] - means[other]).sum(axis=1).argmin()]
            gaps = np.square(rows[sampled[other]] - rows[p], dtype=np.float64).sum(axis=1)
            q = sampled[other][gaps.argmin()]
            joined.append((min(p, q), max(p, q), max(core[p], core[q], np.sqrt(gaps.min()))))
        parts = _parts((a, b, length), len(means))[parts]
    low, high, weight = np.array(joined, np.float64).reshape(-1, 3).T
    return low.astype(np.int64), high.astype(np.int64), weight


def dbscan_clusters(
    distances: np.ndarray, indices: np.ndarray, eps: float, min_samples: int = 2
) -> np.ndarray:
    """DBSCAN (Ester, Kriegel, Sander and Xu, KDD 1996) over neighbours: int64 (n,), -1 for noise.

    A row with min_samples rows within eps, including itself, is a core. Cores within eps of each other are in
    one cluster, and any other row within eps of a core belongs to the nearest such core. This is exactly
    DBSCAN if no row has more than k others within eps. Otherwise, cores that are joined only by edges beyond
    the k-th neighbour may be separated. Clusters are 0 .. k-1 by their first rows. Raises ValueError for an
    eps below 0 or fewer neighbours than min_samples - 1.
    """
    n, k = distances.shape
    if eps < 0 or not 1 <= min_samples <= k + 1:
        raise ValueError(
            f"Expected eps of at least 0 and min_samples of 1 to {k + 1} with {k} neighbours a row; "
            f"received {eps} and {min_samples}."
        )
    core = distances[:, min_samples - 2] <= eps if min_samples > 1 else np.ones(n, bool)
    low, high, length = undirected_edges(distances, indices)
    inside = (length <= eps) & core[low] & core[high]
    labels = _parts((low[inside], high[inside], length[inside]), n)
    labels[~core] = -1
    border = (distances <= eps) & core[indices] & ~core[:, None]
    row = np.flatnonzero(border.any(axis=1))
    labels[row] = labels[indices[row, border[row].argmax(axis=1)]]
    return _named(labels)


def _named(labels: np.ndarray) -> np.ndarray:
    """Clusters named by their first rows, noise still -1."""
    named = np.full(len(labels), -1)
    named[labels >= 0] = in_order(labels[labels >= 0])
    return named


def _parts(edges: Edges, n: int) -> np.ndarray:
    """Which connected part each of n rows is in: (n,), 0 .. parts - 1."""
    low, high, _ = edges
    return connected_components(symmetric(low, high, np.ones(len(low)), n), directed=False)[1].astype(
        np.int64
    )


def _spanning_forest(low: np.ndarray, high: np.ndarray, weight: np.ndarray, n: int) -> Edges:
    """The lightest edges that connect the same parts; of equal weights the first one is taken."""
    order = np.argsort(weight, kind="stable")
    # SciPy takes a weight of 0 for no edge, so it is given ranks, which also tell equal weights apart.
    ranks = coo_matrix((np.arange(1.0, len(order) + 1), (low[order], high[order])), shape=(n, n)).tocsr()
    kept = order[np.sort(minimum_spanning_tree(ranks).data).astype(np.int64) - 1]
    return low[kept], high[kept], weight[kept]
