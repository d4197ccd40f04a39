"""The k nearest neighbours of every row, and their sparse graph, in which groups are found.

Nothing here needs n x n numbers, only n x k and a block of the search, which faiss does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from models.clustering.rows import checked
from models.devices.threads import in_threads
from schemas.samples import batches_of

N_NEIGHBORS = 16  # of a row, by default
EXACT_ROWS, EXACT_NARROW_ROWS = 50_000, 100_000  # up to so many rows all pairs are compared; of few columns
# Of few columns faiss takes a quarter of the time for over 8,192 queries at once, but on one thread alone. Of
# more, blocks side by side on a thread each take half the processor time of faiss's own threads.
SEARCH_ROWS, NARROW, SIDE_BY_SIDE = 16_384, 32, 2048
QUERY_ROWS = 4096  # rows whose edges are weighed at a time
LINKS, BUILD_BREADTH, SEARCH_BREADTH = 32, 40, 64  # of the approximate index: M, efConstruction, efSearch
LOCAL_SCALE_NEIGHBOUR = 7  # whose distance is a row's own scale: Zelnik-Manor and Perona (2004), section 3
MODES = ("self-tuning", "jaccard")


def finite_rows(x: np.ndarray) -> np.ndarray:
    """x as contiguous float32 (n, d); raises ValueError on another rank, no rows, or NaN or infinity."""
    return np.ascontiguousarray(checked(x, None), np.float32)


def neighbours(
    x: np.ndarray, n_neighbors: int = N_NEIGHBORS, random_state: int | None = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The nearest other rows of each row of x (n, d), by Euclidean distance, nearest first.

    Returns distances (n, k) float32, at least 0, and indices (n, k) int64, where k = min(n_neighbors, n - 1);
    no row is its own neighbour, but an equal row is one, at distance 0. Up to 50,000 rows, or 100,000 of
    up to 32 columns, every pair is compared. Above that, a navigable small world graph is searched (HNSW:
    Malkov and Yashunin, TPAMI 42(4), 2020). One thread builds it, because only then do the same rows give the
    same graph, and ``random_state`` seeds it. It misses some neighbours. Of equal rows, only the first is
    another row's neighbour. Raises ValueError for rows that are not finite or n_neighbors < 1, and
    ImportError without faiss.
    """
    if n_neighbors < 1:
        raise ValueError(f"n_neighbors must be at least 1, received {n_neighbors}.")
    rows = finite_rows(x)
    k = min(n_neighbors, len(rows) - 1)
    if k == 0:
        return np.empty((len(rows), 0), np.float32), np.empty((len(rows), 0), np.int64)
    if not every_pair(rows):
        first, group = _distinct(rows)
        if len(first) < len(rows):
            return _by_distance(rows, rows, _among_copies(rows, first, group, k, random_state))
    return _by_distance(rows, rows, _found(rows, k, random_state))


def every_pair(rows: np.ndarray) -> bool:
    """Whether all pairs of rows (n, d) are compared: that takes less time than a graph's building."""
    return len(rows) <= (EXACT_NARROW_ROWS if rows.shape[1] <= NARROW else EXACT_ROWS)


def _found(rows: np.ndarray, k: int, random_state: int | None) -> np.ndarray:
    """The indices (n, k) of each row's nearest rows, ordered by the search's own rounded distance."""
    scaled = _scaled(rows, *_frame(rows))
    index = _exact_index(scaled) if every_pair(rows) else _small_world(scaled, k, random_state)
    return _without_self(_searched(index, scaled, scaled, k + 1), np.arange(len(rows)))


def _distinct(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each set of equal rows, (m,), and the set that every row is in, (n,)."""
    keys = (rows + 0.0).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()  # + 0: no -0
    _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    return first, group


def _among_copies(
    rows: np.ndarray, first: np.ndarray, group: np.ndarray, k: int, random_state: int | None
) -> np.ndarray:
    """Indices (n, k): a row's own copies, then the first row of each set of equal rows near it.

    Searching a small world with many equal rows finds only these, so only distinct rows are searched.
    """
    n = len(rows)
    size, order = np.bincount(group), np.argsort(group, kind="stable")
    start = np.cumsum(size) - size
    place = np.empty(n, np.int64)
    place[order] = np.arange(n) - start[group[order]]
    ahead = 1 + np.arange(k)
    copies = order[start[group][:, None] + (place[:, None] + ahead) % size[group][:, None]]
    near = np.empty((len(first), 0), np.int64)
    if len(first) > 1:
        near = first[_found(rows[first], min(k, len(first) - 1), random_state)]
    every = np.hstack([copies, near[group]])
    usable = np.hstack([ahead < size[group][:, None], np.ones((n, near.shape[1]), bool)])
    chosen = np.argsort(~usable, axis=1, kind="stable")[:, :k]
    indices = np.take_along_axis(every, chosen, axis=1)
    few = np.flatnonzero(usable.sum(axis=1) < k)  # with fewer than k distinct rows, their copies count too
    if len(few):
        scaled = _scaled(rows, *_frame(rows))
        indices[few] = _without_self(_exact_index(scaled).search(scaled[few], k + 1)[1], few)
    return indices


def nearest(
    x: np.ndarray, queries: np.ndarray, n_neighbors: int, random_state: int | None = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of x (n, d) that are nearest to each of the rows queries (m, d), as ``neighbours`` finds them.

    Returns distances (m, k) float32 and indices (m, k) int64 into x, where k = min(n_neighbors, n). Raises
    ValueError for rows that are not finite, n_neighbors < 1, or queries of another length.
    """
    rows, queries = finite_rows(x), finite_rows(queries)
    if n_neighbors < 1 or rows.shape[1] != queries.shape[1]:
        raise ValueError(
            f"Expected n_neighbors of at least 1 and queries of shape (m, {rows.shape[1]}); "
            f"received {n_neighbors} and {queries.shape}."
        )
    k = min(n_neighbors, len(rows))
    frame = _frame(rows)
    scaled = _scaled(rows, *frame)
    index = _exact_index(scaled) if every_pair(rows) else _small_world(scaled, k, random_state)
    return _by_distance(rows, queries, _searched(index, scaled, _scaled(queries, *frame), k))


def undirected_edges(distances: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every pair that is near in either direction, once: (low, high, distance), low < high, sorted."""
    n, k = indices.shape
    rows, columns = np.repeat(np.arange(n), k), indices.ravel()
    keys = np.minimum(rows, columns) * n + np.maximum(rows, columns)
    keys, first = np.unique(keys, return_index=True)
    return keys // n, keys % n, distances.ravel()[first]


def neighbour_graph(
    distances: np.ndarray, indices: np.ndarray, mode: str = "self-tuning", threshold: float | None = None
) -> csr_matrix:
    """Symmetric sparse graph (n, n) float32 of the neighbours, weights above 0 up to 1, no loops.

    Two rows are joined where either is among the other's neighbours and, with a threshold, at most that far
    away. The graph may fall into parts. A weight is, by ``mode``:

    - "self-tuning": exp(-d^2 / (s_i s_j)), s_i the distance to row i's 7th neighbour (its last, where it has
      fewer), after Zelnik-Manor and Perona, "Self-tuning spectral clustering" (NIPS 2004), equation 4. Equal
      rows have weight 1. An edge whose weight rounds to 0 is left out.
    - "jaccard": the share of the two neighbourhoods, each with its own row, that they have in common (Jarvis
      and Patrick, IEEE Transactions on Computers C-22(11), 1973, divided by the union).

    Raises ValueError on an unknown mode, or distances and indices of different shapes.
    """
    if mode not in MODES:
        raise ValueError(f"Unknown mode {mode!r}. Expected one of: {', '.join(MODES)}.")
    if distances.shape != indices.shape or indices.ndim != 2:
        raise ValueError(
            f"Expected distances and indices of one shape (n, k), as neighbours(x) returns them; "
            f"received {distances.shape} and {indices.shape}."
        )
    low, high, length = undirected_edges(distances, indices)
    if threshold is not None:
        near = length <= threshold
        low, high, length = low[near], high[near], length[near]
    if mode == "jaccard":
        weights = _shared_neighbours(indices, low, high)
    else:
        weights = _self_tuning_weights(distances, low, high, length)
    kept = weights > 0
    return symmetric(low[kept], high[kept], weights[kept], len(indices))


def symmetric(low: np.ndarray, high: np.ndarray, weights: np.ndarray, n: int) -> csr_matrix:
    """The sparse symmetric matrix (n, n) float32 with each weight at (low, high) and at (high, low)."""
    ends = np.concatenate([low, high]), np.concatenate([high, low])
    return csr_matrix((np.tile(weights.astype(np.float32), 2), ends), shape=(n, n))


def _self_tuning_weights(
    distances: np.ndarray, low: np.ndarray, high: np.ndarray, length: np.ndarray
) -> np.ndarray:
    """exp(-d^2 / (s_i s_j)) of each edge: 1 if d is 0, and otherwise 0 if a scale is 0."""
    if distances.shape[1] == 0:
        return np.empty(0)
    scale = distances[:, min(LOCAL_SCALE_NEIGHBOUR, distances.shape[1]) - 1].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):  # a scale is 0 among equal rows
        weights = np.exp(-np.square(length, dtype=np.float64) / (scale[low] * scale[high]))
    return np.where(length == 0, 1.0, weights)


def _shared_neighbours(indices: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Intersection over union of the two ends' neighbourhoods, each including its own row."""
    n, k = indices.shape
    hoods = np.sort(np.column_stack([np.arange(n), indices]), axis=1)
    shared = np.empty(len(low))
    for block in batches_of(len(low), QUERY_ROWS):
        both = np.sort(np.hstack([hoods[low[block]], hoods[high[block]]]), axis=1)
        shared[block] = (both[:, 1:] == both[:, :-1]).sum(axis=1)
    return shared / (2 * (k + 1) - shared)


def _faiss() -> Any:
    try:
        import faiss
    except ImportError as error:
        raise ImportError(
            "The search for nearest neighbours needs faiss-cpu, which is not installed. "
            "Fix: make setup, or pip install faiss-cpu."
        ) from error
    return faiss


def _frame(rows: np.ndarray) -> tuple[np.ndarray, float]:
    """The mean (d,) of the rows, and a length above 0 that is at least every row's distance from it."""
    centre = rows.mean(axis=0, dtype=np.float64)
    longest = float(np.abs(rows - centre).max() * np.sqrt(rows.shape[1]))
    return centre, longest if longest > 0 else 1.0


def _scaled(rows: np.ndarray, centre: np.ndarray, length: float) -> np.ndarray:
    """The rows about the centre in units of that length: float32 sums then neither overflow nor cancel."""
    return np.ascontiguousarray((rows - centre) / length, np.float32)


def _searched(index: Any, rows: np.ndarray, queries: np.ndarray, k: int) -> np.ndarray:
    """The k rows nearest to each query by the index; if it finds fewer, all pairs are compared."""
    size = SEARCH_ROWS if rows.shape[1] <= NARROW else SIDE_BY_SIDE
    parts = in_threads(
        lambda block: index.search(queries[block], k)[1],
        batches_of(len(queries), size),
        _faiss().omp_get_max_threads(),
    )
    found = np.concatenate(parts)
    short = (found < 0).any(axis=1)
    if short.any():
        found[short] = _exact_index(rows).search(queries[short], k)[1]
    return found


def _exact_index(rows: np.ndarray) -> Any:
    index = _faiss().IndexFlatL2(rows.shape[1])
    index.add(rows)
    return index


def _small_world(rows: np.ndarray, k: int, random_state: int | None) -> Any:
    """An index that is the same for the same rows and seed; several threads would race for its links."""
    faiss = _faiss()
    index = faiss.IndexHNSWFlat(rows.shape[1], LINKS)
    index.hnsw.efConstruction = BUILD_BREADTH
    index.hnsw.efSearch = max(SEARCH_BREADTH, 2 * k)
    index.hnsw.rng = faiss.RandomGenerator(int(np.random.default_rng(random_state).integers(2**31)))
    with one_thread():
        index.add(rows)
    return index


@contextmanager
def one_thread() -> Iterator[None]:
    """faiss on one thread of this one's, and then on as many as before."""
    faiss = _faiss()
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _without_self(found: np.ndarray, own: np.ndarray) -> np.ndarray:
    """found (m, k + 1) without each row's own index, or without the last one if equal rows displaced it."""
    others = found != own[:, None]
    others[others.all(axis=1), -1] = False
    return found[others].reshape(len(found), -1)


def _distances(rows: np.ndarray, queries: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Distances (m, k) of queries (m, d) to rows[indices], by differences, which are 0 for equal rows."""
    return np.sqrt(np.square(rows[indices] - queries[:, None], dtype=np.float64).sum(axis=2))


def _by_distance(rows: np.ndarray, queries: np.ndarray, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sorts each query's neighbours (m, k) by exact distance; of equal ones the lower index comes first."""
    distances = np.empty(indices.shape, np.float32)
    for block in batches_of(len(queries), 1024):
        found = np.sort(indices[block], axis=1)
        length = _distances(rows, queries[block], found)
        order = np.argsort(length, axis=1, kind="stable")
        indices[block] = np.take_along_axis(found, order, axis=1)
        distances[block] = np.take_along_axis(length, order, axis=1)
    return distances, indices
