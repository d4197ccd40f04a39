"""Infomap: the groups with which a random walk on the graph can be described in the fewest bits."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, triu

from models.clustering.graphs.chinese_whispers import in_order

TOP_LEVEL = 1  # of Infomap's tree of modules


def infomap_clusters(graph: csr_matrix, random_state: int | None = 0, num_trials: int = 1) -> np.ndarray:
    """Groups of a weighted graph by the two-level map equation: int64 (n,), 0 .. k-1 by their first rows.

    Rosvall and Bergstrom, "Maps of random walks on complex networks reveal community structure" (PNAS
    105(4), 2008), by the package ``infomap`` (GPL-3, so an extra). graph is symmetric (n, n) with weights
    above 0; rows without neighbours are groups of one. The best of ``num_trials`` runs is taken. The same
    graph and random_state give the same labels. Raises ValueError on a graph that is not square, and
    ImportError without the package.
    """
    if graph.shape[0] != graph.shape[1]:
        raise ValueError(
            f"Expected a graph of shape (n, n), received {graph.shape}. "
            "Make it with models.clustering.graphs.neighbour_graph.neighbour_graph."
        )
    infomap = _infomap()
    labels = np.arange(graph.shape[0])
    edges = triu(graph, k=1).tocoo()
    if edges.nnz == 0:
        return labels
    seed = 1 + int(np.random.default_rng(random_state).integers(2**31 - 1))  # it wants at least 1
    walker = infomap.Infomap(two_level=True, silent=True, seed=seed, num_trials=num_trials)
    links = np.column_stack([edges.row, edges.col, edges.data.astype(np.float64)])
    walker.add_links(links)
    walker.run()
    found = walker._core.get_node_data(TOP_LEVEL, False)
    nodes, modules = by_index(found.node_id), by_index(found.module_id)
    labels[nodes] = len(labels) + modules
    return in_order(labels)


def by_index(vector: Any) -> np.ndarray:
    """A SWIG vector of n whole numbers as int64 (n,).

    This does not use the vector's iterator. If faiss is loaded, that is faiss's own (both were made by SWIG),
    which releases Python's lock while it creates Python objects, and the process crashes at the first number
    above 256.
    """
    return np.fromiter((vector[i] for i in range(len(vector))), np.int64, len(vector))


def _infomap() -> Any:
    try:
        import infomap
    except ImportError as error:
        raise ImportError(
            "Infomap is not installed. It is an extra, because its licence is GPL-3. "
            'Fix: make setup EXTRAS=infomap, or pip install "facefold[infomap]".'
        ) from error
    return infomap
