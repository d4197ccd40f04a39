"""Chinese Whispers in which some rows stay where they are, and some never share a label."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

BATCHES = 16  # parts of a round, each relabelled at once from the labels before it
ROUNDS = 60
EQUAL = 1e-9  # sums of weights that differ by less in proportion are a tie: they were added in another order


def whispers(
    graph: csr_matrix,
    start: np.ndarray,
    moves: np.ndarray | None = None,
    apart: np.ndarray | None = None,
    seed: int = 0,
) -> np.ndarray:
    """The labels (n,) in which Chinese Whispers ends that begins with the labels start (n,), 0 to n - 1.

    Biemann, "Chinese Whispers: an efficient graph clustering algorithm and its application to natural
    language processing problems" (TextGraphs 2006), figure 1, as
    ``models.clustering.graphs.chinese_whispers``: a round goes over the rows in random parts that are drawn
    anew, and a row moves only to a label that weighs strictly more than its own, so no two rows swap for
    ever. Here the votes of a part are one sparse product, and weights may be below 0: a row whose own label
    weighs less than 0, and every other, goes to a label that is nobody's.

    graph (n, n) is symmetric without a diagonal. Rows where ``moves`` (n,) is False keep their label. Two
    rows of a pair of ``apart`` (p, 2) never share a label, if they did not at the start; raises ValueError if
    they did. The same arguments give the same labels.
    """
    n = graph.shape[0]
    labels = np.asarray(start, np.int64).copy()
    free = np.ones(n, bool) if moves is None else np.asarray(moves, bool)
    partners = _partners(n, apart)
    if partners.nnz and (labels[partners.indices] == np.repeat(labels, np.diff(partners.indptr))).any():
        raise ValueError("Two rows that are to be apart share a label at the start. Expected none that do.")
    generator = np.random.default_rng(seed)
    waiting = free & (np.diff(graph.indptr) > 0)
    for _ in range(ROUNDS):
        turn = generator.permutation(np.flatnonzero(waiting))
        if len(turn) == 0:
            break
        preference = generator.permutation(n)
        for part in np.array_split(turn, min(BATCHES, len(turn))):
            waiting[part] = False
            edges = graph[part]
            new = without_clashes(
                partners, labels, part, _heaviest(edges, labels, part, preference, partners)
            )
            moved = new != labels[part]
            labels[part] = new
            waiting[edges[moved].indices] = True
        waiting &= free
    return labels


def _partners(n: int, apart: np.ndarray | None) -> csr_matrix:
    """Who must not share a label with whom: symmetric (n, n)."""
    pairs = np.empty((0, 2), np.int64) if apart is None else np.asarray(apart, np.int64)
    ends = np.concatenate([pairs, pairs[:, ::-1]])
    return csr_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(n, n))


def _heaviest(
    edges: csr_matrix, labels: np.ndarray, part: np.ndarray, preference: np.ndarray, partners: csr_matrix
) -> np.ndarray:
    """The label (b,) that each row of ``part``, with these edges (b, n), moves to, or its own."""
    n = len(labels)
    named = csr_matrix((np.ones(n, edges.dtype), labels, np.arange(n + 1)), shape=(n, n))
    votes = edges @ named
    votes.sort_indices()  # else the order, and by rounding a tie, could differ from build to build
    row = np.repeat(np.arange(len(part)), np.diff(votes.indptr))
    own = votes.indices == labels[part][row]
    kept = np.zeros(len(part))
    kept[row[own]] = votes.data[own]
    allowed = ~own
    if partners.nnz:
        allowed &= ~_is_forbidden(partners[part], labels, row, votes.indices)
    row, label, vote = row[allowed], votes.indices[allowed], votes.data[allowed]
    most = np.full(len(part), -np.inf)
    np.maximum.at(most, row, vote)
    best = vote >= most[row] - EQUAL * np.abs(most[row])
    liked = np.full(len(part), -1)
    np.maximum.at(liked, row[best], preference[label[best]])
    better = most > np.maximum(kept + EQUAL * np.abs(kept), 0)
    out = labels[part].copy()
    out[better] = np.argsort(preference)[liked[better]]
    alone = np.flatnonzero((kept < 0) & ~better)
    if len(alone):
        unused = np.setdiff1d(np.arange(n), labels)[: len(alone)]
        out[alone[: len(unused)]] = unused
    return out


def _is_forbidden(partners: csr_matrix, labels: np.ndarray, row: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Which votes are for a label that somebody has who must be apart from the row."""
    n = len(labels)
    keys = np.repeat(np.arange(partners.shape[0]), np.diff(partners.indptr)) * n + labels[partners.indices]
    return np.isin(row * n + label, keys)


def without_clashes(
    partners: csr_matrix, labels: np.ndarray, part: np.ndarray, new: np.ndarray
) -> np.ndarray:
    """``new`` (b,), but rows of ``part`` that would meet one they must be apart from stay where they are.

    Those that stay may be met by others, so it is looked at again, until none meet: at the latest all stay.
    """
    if partners.nnz == 0:
        return new
    now, out = labels.copy(), new.copy()
    of_part = partners[part]
    row = np.repeat(np.arange(len(part)), np.diff(of_part.indptr))
    while True:
        now[part] = out
        back = np.unique(row[out[row] == now[of_part.indices]])
        back = back[out[back] != labels[part[back]]]
        if len(back) == 0:
            return out
        out[back] = labels[part[back]]
