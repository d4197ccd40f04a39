"""Embeddings as a picture: two dimensions by t-SNE, for looking at and for nothing else."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from models.rows import checked

MAX_ROWS = 3000
MAX_DIMENSION = 50
SMALL = 1000  # rows up to which threads cost more than they bring
FEWEST = 8  # rows below which t-SNE has no neighbourhoods to keep, and PCA is shown instead


@dataclass(frozen=True)
class Projection:
    """Points (m, 2) float32 of the rows ``indices`` (m,); method "tsne" or "pca", perplexity for t-SNE."""

    points: np.ndarray
    indices: np.ndarray
    method: str
    perplexity: float | None


def project(x: np.ndarray, random_state: int = 0, max_rows: int = MAX_ROWS) -> Projection:
    """Two-dimensional picture of rows x (n, d), n >= 1: PCA to at most 50, then t-SNE.

    Above ``max_rows`` a seeded sample is shown. Perplexity is 30, and (n - 1) / 3 for fewer than 91 rows.
    Fewer than 8 rows, or rows that do not differ, are shown by PCA. t-SNE has no map for new rows: nothing
    may be fitted on it that is to be served. Raises ValueError on NaN or infinity.
    """
    x = checked(x)
    indices = np.arange(len(x))
    if len(x) > max_rows:
        indices = np.sort(np.random.default_rng(random_state).choice(len(x), max_rows, replace=False))
    rows = _reduced(x[indices], random_state)
    if len(rows) < FEWEST or not np.ptp(rows, axis=0).any():
        return Projection(rows[:, :2].astype(np.float32), indices, "pca", None)
    perplexity = min(30.0, (len(rows) - 1) / 3)
    tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=random_state)
    with threadpool_limits(1) if len(rows) <= SMALL else nullcontext():
        points = tsne.fit_transform(rows)
    return Projection(np.asarray(points, np.float32), indices, "tsne", perplexity)


def _reduced(rows: np.ndarray, random_state: int) -> np.ndarray:
    """The first principal coordinates of rows (n, d), at least two columns, the missing ones 0."""
    dimension = min(MAX_DIMENSION, *rows.shape)
    if len(rows) > 1 and np.ptp(rows, axis=0).any():
        rows = PCA(dimension, random_state=random_state).fit_transform(rows)
    else:
        rows = np.zeros((len(rows), 2))
    return np.pad(rows, ((0, 0), (0, max(0, 2 - rows.shape[1]))))
