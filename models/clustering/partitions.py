"""Groupings without a density: spectral, affinity propagation, agglomerative, density-based.

A function each: rows x (n, d) float64, finite, n >= 1, in; labels (n,) and exemplars out, from which new
points are told. Functions that take ``n_clusters`` find exactly as many; the others find their own number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import DBSCAN, AffinityPropagation, KMeans
from sklearn.manifold import spectral_embedding
from sklearn.neighbors import kneighbors_graph

from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.graphs.density import dbscan_clusters
from models.clustering.graphs.edge_threshold import edge_threshold
from models.clustering.graphs.neighbour_graph import neighbours
from models.clustering.linkage.hierarchy import linkage_tree, merge_threshold
from models.clustering.linkage.identity_threshold import IdentityThreshold
from models.clustering.linkage.ward import cut
from models.clustering.rules.exemplars import Exemplars, exemplars_of
from models.clustering.rules.nearest_mean import Averages
from models.devices.threads import tolerated_warnings

MOST_ROWS = {  # beyond, the n x n matrix takes more than 4 GB, or minutes
    "affinity_propagation": 8_000,
    "agglomerative": 20_000,
    "average_linkage": 30_000,
    "spectral": 50_000,
}
EXACT_ROWS = 20_000  # up to which DBSCAN looks at every pair
DAMPINGS = (0.5, 0.75, 0.9, 0.97)  # tried in turn until affinity propagation settles


@dataclass(frozen=True)
class Partition:
    """Labels (n,) int64 from 0, noise -1, and the rule by which new points are told.

    ``threshold`` tells what the number of groups was chosen by, where a method keeps it.
    """

    labels: np.ndarray
    rule: Exemplars | Averages
    threshold: IdentityThreshold | None = None


def refuse_beyond(name: str, n: int) -> None:
    """Raises ValueError where a method of quadratic cost is asked for more rows than it can carry."""
    if n > MOST_ROWS.get(name, n):
        raise ValueError(
            f"{name} keeps a matrix of n x n or a tree of it: at most {MOST_ROWS[name]} rows, received {n}. "
            "Use hdbscan, chinese_whispers or infomap, whose neighbour graph grows with n, or kmeans."
        )


def spectral_coordinates(
    x: np.ndarray, n_components: int, random_state: int | None, n_neighbors: int = 10
) -> np.ndarray:
    """Coordinates (n, n_components) of x in the first eigenvectors of its neighbour graph's Laplacian.

    The graph joins every row to its ``n_neighbors`` nearest, made symmetric by the mean. Columns are those of
    scikit-learn's ``SpectralClustering``: the first k of them are what it groups for k clusters.
    """
    graph = kneighbors_graph(x, min(n_neighbors, len(x) - 1), include_self=True)
    graph = 0.5 * (graph + graph.T)
    with tolerated_warnings():
        return spectral_embedding(
            graph,
            n_components=n_components,
            random_state=random_state,
            drop_first=False,
            eigen_solver="arpack" if len(x) > 5 * n_components else "lobpcg",
        )


def spectral(
    x: np.ndarray,
    n_clusters: int,
    random_state: int | None,
    coordinates: np.ndarray | None = None,
    n_neighbors: int = 10,
) -> Partition:
    """Spectral clustering (Ng, Jordan and Weiss 2002) of the graph of ``n_neighbors`` neighbours.

    ``coordinates``: ``spectral_coordinates`` of at least ``n_clusters`` columns, where they are at hand. New
    points go to the cluster of their nearest row.
    """
    refuse_beyond("spectral", len(x))
    if n_clusters == 1 or len(x) <= n_clusters:
        labels = np.arange(len(x)) if n_clusters > 1 else np.zeros(len(x), np.int64)
        return Partition(labels, exemplars_of(x, labels, random_state))
    if coordinates is None:
        coordinates = spectral_coordinates(x, n_clusters, random_state, n_neighbors)
    kmeans = KMeans(n_clusters, n_init=4, random_state=random_state)
    with tolerated_warnings():
        found = kmeans.fit_predict(coordinates[:, :n_clusters])
    labels = in_order(found)
    return Partition(labels, exemplars_of(x, labels, random_state))


def affinity_propagation(
    x: np.ndarray, random_state: int | None, preference: float | None = None
) -> Partition:
    """Affinity propagation (Frey and Dueck 2007) on negative squared distances, preference their median.

    Damped by 0.5, and more where it does not settle; raises ValueError where it does not even at 0.97. New
    points go to the nearest exemplar that it chose.
    """
    refuse_beyond("affinity_propagation", len(x))
    if not np.ptp(x, axis=0).any():
        labels = np.zeros(len(x), np.int64)
        return Partition(labels, Exemplars(x[:1], labels[:1], np.zeros(1, np.int64)))
    for damping in DAMPINGS:
        estimator = AffinityPropagation(
            damping=damping, preference=preference, max_iter=500, random_state=random_state
        )
        with tolerated_warnings():
            estimator.fit(x)
        if estimator.n_iter_ < estimator.max_iter and len(estimator.cluster_centers_indices_):
            centres = np.asarray(estimator.cluster_centers_indices_, np.int64)
            labels = np.asarray(estimator.labels_, np.int64)
            return Partition(labels, Exemplars(x[centres], labels[centres], centres))
    raise ValueError(
        f"Affinity propagation did not settle on {len(x)} rows in 500 rounds at any damping of {DAMPINGS}. "
        "Use another clusterer, or a lower preference."
    )


def agglomerative(
    x: np.ndarray,
    n_clusters: int | None,
    random_state: int | None,
    linkage: str = "ward",
    distance_threshold: float | None = None,
    tree: np.ndarray | None = None,
) -> Partition:
    """Agglomerative clustering by SciPy's linkage, cut at ``n_clusters``, or by height where that is None.

    ``linkage``: "ward" or "average". The height is ``distance_threshold``, or where that is None the knee of
    the merges' heights (``models.clustering.linkage.hierarchy.merge_threshold``). ``tree`` is x's linkage
    matrix where it is at hand. New points go to the cluster of their nearest row.
    """
    refuse_beyond("agglomerative", len(x))
    if tree is None:
        tree = linkage_tree(x, linkage)
    if n_clusters is None:
        height = merge_threshold(tree) if distance_threshold is None else distance_threshold
        n_clusters = len(x) - int((tree[:, 2] <= height).sum())
    labels = cut(tree, n_clusters)
    return Partition(labels, exemplars_of(x, labels, random_state))


def dbscan(
    x: np.ndarray,
    random_state: int | None,
    eps: float | None = None,
    min_samples: int = 5,
    n_neighbors: int = 16,
) -> Partition:
    """DBSCAN (Ester et al. 1996); ``eps`` None: the distance of ``graphs.edge_threshold``, without labels.

    Beyond 20,000 rows cores are joined by the graph of ``n_neighbors`` neighbours
    (``models.clustering.graphs.density.dbscan_clusters``), not by every pair. New points go to the cluster of
    the nearest core point within ``eps``, and are noise elsewhere.
    """
    exact = len(x) <= EXACT_ROWS
    distances, indices = neighbours(x, max(n_neighbors, min_samples), random_state)
    if eps is None:
        eps = edge_threshold(x, distances, indices, random_state) if indices.size else 0.0
    eps = max(float(eps), float(np.finfo(np.float64).tiny))
    if exact:
        estimator = DBSCAN(eps=eps, min_samples=min_samples).fit(x)
        core = np.asarray(estimator.core_sample_indices_, np.int64)
        labels = np.asarray(estimator.labels_, np.int64)
    else:
        labels = dbscan_clusters(distances, indices, eps, min_samples)
        core = np.flatnonzero(distances[:, min_samples - 2] <= eps)
    if not len(core):  # all noise: an exemplar that reaches nothing keeps the rule's shape
        return Partition(labels, Exemplars(x[:1], np.full(1, -1), np.zeros(1, np.int64), 0.0))
    return Partition(labels, Exemplars(x[core], labels[core], core, eps))
