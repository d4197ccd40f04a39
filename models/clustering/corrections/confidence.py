"""How sure it is that a face is in the right group, by the means of the groups."""

from __future__ import annotations

import numpy as np

from models.clustering.rows import SHORTEST, group_means, unit_rows
from schemas.samples import batches_of

BLOCK = 2_000_000  # distances at a time
FURTHEST = 2.0  # that two unit rows are apart: what stands for the next group where there is none


def confidence(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How much nearer each of unit rows x (n, d) is to its own group than to the next: float64 (n,), 0 to 1.

    It is (b - a) / b of the distance a to the direction of the mean of the others of its group and b to that
    of the nearest other group, and 0 where a is larger: the silhouette by means (Hruschka, de Castro and
    Campello, ICDM 2004, equation 7) with the row itself left out. labels (n,) int are any numbers, -1 for no
    group: these, and a row that is alone in its group, have 0. Raises ValueError for arrays of other lengths.
    """
    labels = np.asarray(labels)
    if np.ndim(x) != 2 or labels.shape != (len(x),):
        raise ValueError(f"Expected x (n, d) and labels (n,), received {np.shape(x)} and {labels.shape}.")
    out = np.zeros(len(x))
    known = np.flatnonzero(labels >= 0)
    if len(known) == 0:
        return out
    rows = np.asarray(x[known], np.float32)
    _, group, sizes = np.unique(labels[known], return_inverse=True, return_counts=True)
    means = group_means(rows, group)
    sums, counts = means * sizes[:, None], sizes[group]
    own = own_distance(rows, sums[group], counts)
    directions = unit_rows(means).astype(np.float32)
    other = np.empty(len(rows))
    for part in batches_of(len(rows), max(1, BLOCK // len(sizes))):
        alike = rows[part] @ directions.T
        alike[np.arange(len(alike)), group[part]] = -np.inf
        other[part] = apart(alike.max(axis=1)) if len(sizes) > 1 else FURTHEST
    sure = np.clip(1 - own / np.maximum(other, SHORTEST), 0, 1)
    out[known] = np.where(counts > 1, sure, 0)
    return out


def own_distance(rows: np.ndarray, sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The distance of rows (n, d) to the direction of the others of their group, from its sum (n, d)."""
    others = unit_rows(sums - rows)
    return np.where(counts > 1, apart(np.einsum("ij,ij->i", others, rows)), FURTHEST)


def apart(cosines: np.ndarray) -> np.ndarray:
    """The distance of two unit rows with such a cosine: sqrt(2 - 2 cos), 0 to 2."""
    return np.sqrt(np.clip(2 - 2 * np.asarray(cosines, np.float64), 0, 4))
