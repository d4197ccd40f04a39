"""Rows that are clustered, and their photos: checks, scaling to length 1, and grouping by value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_matrix

SHORTEST = 1e-6  # a length below this counts as 0


@dataclass(frozen=True, eq=False)
class Rows:
    """What a clusterer is fitted on: x (n, d), and ``photos``, the photo of each row, int (n,).

    Two faces in one photo are two people, so a clusterer that knows the photos can keep them apart.
    ``photos`` is None if the rows are not of photos, or their photos are unknown. Raises ValueError if the
    number of photos is not that of the rows.
    """

    x: np.ndarray
    photos: np.ndarray | None

    def __post_init__(self) -> None:
        if self.photos is not None and np.shape(self.photos) != (len(self.x),):
            raise ValueError(
                f"Expected the photo of each of {len(self.x)} rows, shape ({len(self.x)},); received shape "
                f"{np.shape(self.photos)}. Take both of the same rows, or photos=None where none are known."
            )

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.x)

    def part(self, index: np.ndarray) -> Rows:
        """Some of the rows, by index or mask, each with its photo."""
        return Rows(self.x[index], None if self.photos is None else self.photos[index])

    def moved_to(self, points: np.ndarray) -> Rows:
        """The same rows at other coordinates, points (n, m)."""
        return Rows(points, self.photos)


def fingerprint(x: np.ndarray) -> str:
    """16 hex digits over the values, type and shape of x: the same for equal rows alone."""
    digest = hashlib.sha256(f"{x.dtype.str} {x.shape}".encode())
    digest.update(np.ascontiguousarray(x).tobytes())
    return digest.hexdigest()[:16]


def checked(x: np.ndarray, dtype: type | None = np.float64) -> np.ndarray:
    """x as float64 (n, d), or in its own dtype if ``dtype`` is None.

    Raises ValueError if it has another rank, no rows, or NaN or infinite rows.
    """
    x = np.asarray(x, dtype)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"Expected rows of shape (n, d), n and d at least 1; received shape {x.shape}.")
    bad = ~np.isfinite(x).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{bad.sum()} of {len(x)} rows hold NaN or infinity, the first is row {bad.argmax()}. "
            "Expected finite embeddings; the encoder that made them has probably diverged."
        )
    return x


def checked_for_fit(estimator: Any, x: np.ndarray, n_clusters: int | None) -> np.ndarray:
    """x as float64 (n, d) for ``fit``; sets ``n_features_in_``, and ``feature_names_in_`` for a data frame.

    Raises ValueError as ``checked`` does, and if x has fewer distinct rows than n_clusters. Raises TypeError
    for a sparse matrix.
    """
    x = checked(estimator._validate_data(x, dtype=np.float64, force_all_finite=False))
    if n_clusters is not None:
        check_number(n_clusters, len(x), lambda: len(np.unique(x, axis=0)))
    return x


def check_number(n_clusters: int, n: int, count_distinct: Callable[[], int]) -> None:
    """Raises ValueError if fewer than n_clusters of n rows are distinct; counts them only if it matters."""
    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, received {n_clusters}.")
    if n_clusters == 1:
        return
    distinct = count_distinct() if n_clusters <= n else n
    if distinct < n_clusters:
        raise ValueError(
            f"Cannot make {n_clusters} clusters of n_samples={n} rows, {distinct} of them distinct. "
            f"Ask for at most {distinct}, or give more photos."
        )


def checked_for_predict(estimator: Any, x: np.ndarray) -> np.ndarray:
    """x as float64 (n, d) of as many columns as were fitted; raises as ``checked_for_fit``."""
    return checked(estimator._validate_data(x, dtype=np.float64, force_all_finite=False, reset=False))


def unit_rows(x: np.ndarray, origin: np.ndarray | float = 0.0) -> np.ndarray:
    """The directions of rows x (n, d) from the origin (d,), of length 1; a row at the origin gives 0."""
    rows = x - origin
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > SHORTEST)


def rows_by_value(values: np.ndarray) -> list[np.ndarray]:
    """The indices of the rows with each value of (n,), n >= 1; values and indices both ascend."""
    order = np.argsort(values, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(np.asarray(values)[order])) + 1)


def group_means(x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean row of each label 0 .. k-1, all of which must occur: float64 (k, d)."""
    counts = np.bincount(labels)
    members = coo_matrix((np.ones(len(x)), (labels, np.arange(len(x)))), shape=(len(counts), len(x)))
    return (members @ x) / counts[:, None]
