"""Average linkage in single precision: the tree of merges of many rows, in n x n numbers of 4 bytes."""

from __future__ import annotations

import numpy as np

from models.rows import checked

BLOCK = 2048  # rows whose distances are computed at a time


def average_tree(x: np.ndarray, photo: np.ndarray | None = None) -> np.ndarray:
    """SciPy's linkage matrix (n - 1, 4) of rows x (n, d) by average linkage on squared Euclidean distances.

    The height of a merge is the mean squared distance over all pairs across it: of unit rows twice the mean
    cosine distance. By chains of nearest neighbours (Murtagh, "A survey of recent advances in hierarchical
    clustering algorithms", The Computer Journal 26(4), 1983), as ``scipy.cluster.hierarchy.linkage``, whose
    merges these are to float32's rounding; at 20,000 rows in 1.6 GB, half of what it takes in float64.
    ``photo`` (n,) int: two rows of one photo are two people. What would join them has the height infinity.
    Raises ValueError on non-finite rows, or another number of photos than of rows.
    """
    distances = squared_distances(checked(x, None))
    if photo is not None:
        forbid(distances, np.asarray(photo))
    return labelled(*chained(distances))


def squared_distances(x: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances (n, n) float32 of rows x (n, d), about their mean; infinite to itself."""
    rows = np.ascontiguousarray(x - x.mean(axis=0, dtype=np.float64), np.float32)
    squares = np.square(rows, dtype=np.float64).sum(axis=1).astype(np.float32)
    out = np.empty((len(rows), len(rows)), np.float32)
    for start in range(0, len(rows), BLOCK):
        part = out[start : start + BLOCK]
        np.matmul(rows[start : start + BLOCK], rows.T, out=part)
        part *= -2
        part += squares
        part += squares[start : start + BLOCK, None]
        np.maximum(part, 0, out=part)
    for start in range(
        0, len(rows), BLOCK
    ):  # products of blocks differ in the last digit across the diagonal
        stop = start + BLOCK
        out[start:stop, :start] = out[:start, start:stop].T
        corner = out[start:stop, start:stop]
        corner[:] = np.minimum(corner, corner.T)
    np.fill_diagonal(out, np.inf)
    return out


def forbid(distances: np.ndarray, photo: np.ndarray) -> None:
    """Sets the distances (n, n) between rows of one photo (n,) to infinity."""
    if photo.shape != (len(distances),):
        raise ValueError(
            f"Expected a photo of each of {len(distances)} rows, an array of that length; "
            f"received shape {photo.shape}."
        )
    order = np.argsort(photo, kind="stable")
    ends = np.flatnonzero(np.diff(photo[order])) + 1
    for rows in np.split(order, ends):
        if len(rows) > 1:
            distances[np.ix_(rows, rows)] = np.inf


def chained(distances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges (n - 1, 2) of rows, each named by one of its group, and heights (n - 1,); uses distances up."""
    n = len(distances)
    names, sizes = np.arange(n), np.ones(n)
    alive = np.ones(n, bool)
    left, chain = n, [0]
    merges, heights = np.empty((max(n - 1, 0), 2), np.int64), np.empty(max(n - 1, 0))
    for step in range(n - 1):
        if left <= len(names) // 2 and left > 64:
            kept = np.flatnonzero(alive)
            chain = np.searchsorted(kept, chain).tolist()
            distances = distances[kept][:, kept]
            names, sizes, alive = names[kept], sizes[kept], np.ones(left, bool)
        a, b = reciprocal(distances, alive, chain)
        merges[step], heights[step] = (names[a], names[b]), distances[a, b]
        row = (sizes[a] * distances[a] + sizes[b] * distances[b]) / (sizes[a] + sizes[b])
        row[b] = np.inf
        distances[b] = row
        distances[:, b] = row
        distances[:, a] = np.inf
        sizes[b] += sizes[a]
        alive[a] = False
        left -= 1
    return merges, heights


def reciprocal(distances: np.ndarray, alive: np.ndarray, chain: list[int]) -> tuple[int, int]:
    """Two groups that are each other's nearest, taken off the end of the chain that leads to them."""
    if not chain:
        chain.append(int(alive.argmax()))
    while True:
        last = chain[-1]
        best = int(distances[last].argmin())
        if distances[last, best] == np.inf:  # nothing may be joined to it: with any other, at infinity
            rest = alive.copy()
            rest[last] = False
            chain.clear()
            return last, int(rest.argmax())
        if len(chain) > 1 and distances[last, chain[-2]] <= distances[last, best]:
            best = chain[-2]
            del chain[-2:]
            return last, best
        chain.append(best)


def labelled(merges: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """SciPy's linkage matrix of merges between groups named by any of their rows, in order of height."""
    n = len(merges) + 1
    parent, node, size = np.arange(n), np.arange(n), np.ones(n)
    tree = np.empty((n - 1, 4))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for step, merge in enumerate(np.argsort(heights, kind="stable")):
        a, b = root(merges[merge, 0]), root(merges[merge, 1])
        tree[step] = (*sorted((node[a], node[b])), heights[merge], size[a] + size[b])
        parent[a], node[b] = b, n + step
        size[b] += size[a]
    return tree
