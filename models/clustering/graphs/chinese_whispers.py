"""Chinese Whispers: rows take the label with the most weight among their neighbours until none changes."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

BATCHES = 16  # parts of a round, each relabelled at once from the labels before it


def chinese_whispers(graph: csr_matrix, random_state: int | None = 0, max_iter: int = 100) -> np.ndarray:
    """Groups of a weighted graph: int64 (n,), 0 .. k-1 in the order of their first rows.

    Biemann, "Chinese Whispers: an efficient graph clustering algorithm and its application to natural
    language processing problems" (TextGraphs 2006), figure 1: every row starts with a label of its own, and
    in random order takes the label with the largest sum of edge weights among its neighbours. Two things
    differ. A round goes over the rows in ``BATCHES`` random parts, and those of one part move together; new
    parts are drawn every round, so two rows cannot swap labels for ever. A row keeps its label unless another
    weighs strictly more, and a tie between others falls to a random one, so the rounds end by themselves:
    at the latest after ``max_iter``. Rows without neighbours keep their own label.

    graph is symmetric (n, n) with weights at least 0; its diagonal does not count. The same graph and
    random_state give the same labels. Raises ValueError on a graph that is not square, or max_iter < 1.
    """
    if graph.shape[0] != graph.shape[1] or max_iter < 1:
        raise ValueError(
            f"Expected a graph of shape (n, n) and max_iter of at least 1; received {graph.shape} and "
            f"{max_iter}. Make the graph with models.clustering.graphs.neighbour_graph.neighbour_graph."
        )
    graph = csr_matrix(graph)
    n = graph.shape[0]
    generator = np.random.default_rng(random_state)
    labels = np.arange(n)
    waiting = np.diff(graph.indptr) > 0  # rows with a neighbour that changed since their last turn
    for _ in range(max_iter):
        turn = generator.permutation(np.flatnonzero(waiting))
        if len(turn) == 0:
            break
        preference = generator.permutation(n)
        for part in np.array_split(turn, min(BATCHES, len(turn))):
            waiting[part] = False
            new = _heaviest_labels(graph, labels, part, preference)
            changed = part[new != labels[part]]
            labels[part] = new
            waiting[_edges_of(graph, changed)[1]] = True
    return in_order(labels)


def in_order(labels: np.ndarray) -> np.ndarray:
    """The same groups named 0 .. k-1 by their first rows: int64 (n,)."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _edges_of(graph: csr_matrix, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All edges out of ``rows``: (position in rows, neighbour, weight), by position."""
    counts = np.diff(graph.indptr)[rows]
    position = np.repeat(np.arange(len(rows)), counts)
    starts = graph.indptr[rows].astype(np.int64) - (np.cumsum(counts) - counts)
    edge = np.arange(len(position)) + starts[position]
    return position, graph.indices[edge].astype(np.int64), graph.data[edge]


def _heaviest_labels(
    graph: csr_matrix, labels: np.ndarray, rows: np.ndarray, preference: np.ndarray
) -> np.ndarray:
    """The label that each of ``rows`` moves to, or its own label if no other weighs more."""
    position, neighbour, weight = _edges_of(graph, rows)
    weight = np.where(neighbour == rows[position], 0.0, weight)
    own = labels[rows]
    heard = labels[neighbour]
    order = np.lexsort((heard, position))
    position, heard, weight = position[order], heard[order], weight[order]
    first = np.flatnonzero(np.r_[True, (np.diff(position) != 0) | (np.diff(heard) != 0)][: len(position)])
    if len(first) == 0:
        return own
    votes, position, heard = np.add.reduceat(weight, first), position[first], heard[first]
    is_own = heard == own[position]
    kept = np.zeros(len(rows))
    kept[position[is_own]] = votes[is_own]
    last = np.lexsort((preference[heard], votes, position))  # the best of each row comes last
    best = last[np.r_[np.diff(position[last]) != 0, True]]
    moved = votes[best] > kept[position[best]] * (1 + 1e-12)  # sums in another order differ by rounding
    new = own.copy()
    new[position[best[moved]]] = heard[best[moved]]
    return new
