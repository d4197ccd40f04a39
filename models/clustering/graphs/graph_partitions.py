"""Groupings of the nearest-neighbour graph: they find the number of groups, and grow with n, not n².

A function each, as in ``models.clustering.partitions``. New points go where their nearest row is; nearest to
a row of noise they are noise.
"""

from __future__ import annotations

import numpy as np

from models.clustering.graphs.chinese_whispers import chinese_whispers as whispered
from models.clustering.graphs.density import hdbscan_clusters
from models.clustering.graphs.edge_threshold import AUTO, thresholded_graph
from models.clustering.graphs.infomap_clustering import infomap_clusters
from models.clustering.partitions import Partition
from models.clustering.rules.exemplars import exemplars_of

N_NEIGHBORS = 16


def hdbscan(
    x: np.ndarray,
    random_state: int | None,
    min_cluster_size: int = 2,
    min_samples: int | None = None,
    n_neighbors: int = N_NEIGHBORS,
) -> Partition:
    """HDBSCAN over the graph of ``n_neighbors`` neighbours; see ``density.hdbscan_clusters``."""
    found, _ = hdbscan_clusters(x, min_cluster_size, min_samples, n_neighbors, random_state)
    return Partition(found, exemplars_of(x, found, random_state))


def chinese_whispers(
    x: np.ndarray,
    random_state: int | None,
    threshold: float | str | None = AUTO,
    n_neighbors: int = N_NEIGHBORS,
    mode: str = "self-tuning",
) -> Partition:
    """Chinese Whispers on the graph of ``n_neighbors`` neighbours; see ``chinese_whispers``.

    Edges longer than ``threshold`` are cut: a distance, "auto" for
    ``models.clustering.graphs.edge_threshold``, None for none.
    """
    found = whispered(thresholded_graph(x, threshold, n_neighbors, random_state, mode), random_state)
    return Partition(found, exemplars_of(x, found, random_state))


def infomap(
    x: np.ndarray,
    random_state: int | None,
    threshold: float | str | None = AUTO,
    n_neighbors: int = N_NEIGHBORS,
    mode: str = "self-tuning",
) -> Partition:
    """Infomap on the graph of ``n_neighbors`` neighbours; see ``infomap_clustering``.

    Edges longer than ``threshold`` are cut, as for ``chinese_whispers``.
    """
    found = infomap_clusters(thresholded_graph(x, threshold, n_neighbors, random_state, mode), random_state)
    return Partition(found, exemplars_of(x, found, random_state))
