"""Linkage for people: the tree of merges of unit rows by average linkage that allows for sizes."""

from __future__ import annotations

import numpy as np

from models.clustering.rows import checked, rows_by_value
from schemas.samples import batches_of

BLOCK = 2048  # rows whose cosines are computed at a time
SHORTEST = 1e-3  # of a group's mean: opposite rows cancel out


def average_tree(x: np.ndarray, photos: np.ndarray | None = None) -> np.ndarray:
    """SciPy's linkage matrix (n - 1, 4) of unit rows x (n, d); heights 0 to 2, what was joined before lower.

    The similarity of groups with means a and b is ``a @ b / sqrt(|a| |b|)``. It is the geometric mean of the
    mean cosine over all pairs across, which is average linkage, and the cosine of the two means. The first
    alone splits people with many photos: between two halves of one person it stays as low as between any two
    of their photos, while between strangers it falls with the noise that is averaged out. The second alone
    joins single photos last. The height of a merge is 1 minus the similarity, or the height of an earlier
    merge if that is larger. The two most similar groups are always joined next.

    It takes n x n float32, which is 1.6 GB at 20,000 rows. ``photos`` (n,) int: two rows of one photo are two
    people, and a merge that would join them has the height infinity. Raises ValueError for rows that are not
    finite, or if the number of photos is not that of the rows.
    """
    alike = cosines(checked(x, None))
    if photos is not None:
        forbid(alike, np.asarray(photos))
    merges, likeness = joined(alike)
    return linkage_of(merges, np.maximum.accumulate(np.maximum(1 - likeness, 0)))


def cosines(x: np.ndarray) -> np.ndarray:
    """Dot products (n, n) float32 of rows x (n, d), exactly symmetric; minus infinity with itself."""
    rows = np.ascontiguousarray(x, np.float32)
    out = np.empty((len(rows), len(rows)), np.float32)
    for part in batches_of(len(rows), BLOCK):
        np.matmul(rows[part], rows[: part.stop].T, out=out[part, : part.stop])
        out[: part.start, part] = out[part, : part.start].T
        corner = out[part, part]
        corner[:] = np.minimum(corner, corner.T)  # blocks of a product differ in the last digit
    np.fill_diagonal(out, -np.inf)
    return out


def forbid(alike: np.ndarray, photos: np.ndarray) -> None:
    """Sets the similarity (n, n) of rows that share one of the photos (n,) to minus infinity."""
    if photos.shape != (len(alike),):
        raise ValueError(
            f"Expected a photo of each of {len(alike)} rows, an array of that length; "
            f"received shape {photos.shape}."
        )
    for rows in rows_by_value(photos):
        if len(rows) > 1:
            alike[np.ix_(rows, rows)] = -np.inf


def joined(alike: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merges (n - 1, 2) of groups, each named by one of its rows, and how similar they were (n - 1,).

    It overwrites ``alike`` (n, n). The nearest group of every group is remembered, and searched again after
    that group was joined to another.
    """
    n = len(alike)
    sizes, squares, scale = np.ones(n), np.ones(n), np.ones(n, np.float32)
    alive = np.ones(n, bool)
    best = alike.argmax(axis=1)
    value = alike[np.arange(n), best]
    merges, likeness = np.empty((max(n - 1, 0), 2), np.int64), np.full(max(n - 1, 0), -np.inf)
    for step in range(n - 1):
        a = int(value.argmax())
        if value[a] == -np.inf:  # all that is left is kept apart by its photos
            rest = np.flatnonzero(alive)
            merges[step:] = np.stack([np.full(len(rest) - 1, rest[0]), rest[1:]], axis=1)
            break
        b = int(best[a])
        merges[step], likeness[step] = (a, b), value[a]
        share = sizes[b] / (sizes[a] + sizes[b])
        squares[a] = (
            (1 - share) ** 2 * squares[a] + share**2 * squares[b] + 2 * share * (1 - share) * alike[a, b]
        )
        row = np.float32(1 - share) * alike[a] + np.float32(share) * alike[b]
        row[[a, b]] = -np.inf
        alike[a], alike[:, a], alike[b], alike[:, b] = row, row, -np.inf, -np.inf
        sizes[a] += sizes[b]
        scale[a] = max(squares[a], SHORTEST**2) ** -0.25
        alive[b], value[b] = False, -np.inf
        renew(alike, scale, alive, (best, value), (a, b))
    return merges, likeness


def renew(
    alike: np.ndarray,
    scale: np.ndarray,
    alive: np.ndarray,
    nearest: tuple[np.ndarray, np.ndarray],
    pair: tuple[int, int],
) -> None:
    """Updates the nearest group (n,) of every group and their similarity (n,) after b was joined to a."""
    (best, value), (a, b) = nearest, pair
    lost = alive & ((best == a) | (best == b))
    now = alike[a] * scale * scale[a]
    best[a] = now.argmax()
    value[a] = now[best[a]]
    gained = alive & (now > value)
    gained[a] = lost[a] = False
    best[gained], value[gained] = a, now[gained]
    for one in np.flatnonzero(lost & ~gained):
        row = alike[one] * scale
        best[one] = row.argmax()
        value[one] = row[best[one]] * scale[one]


def linkage_of(merges: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """SciPy's linkage matrix of merges (n - 1, 2) with ascending heights; a row names each group."""
    n = len(merges) + 1
    node, size = np.arange(n), np.ones(n)
    tree = np.empty((n - 1, 4))
    for step, (a, b) in enumerate(merges):
        tree[step] = (*sorted((node[a], node[b])), heights[step], size[a] + size[b])
        node[a] = n + step
        size[a] += size[b]
    return tree
