"""PCA before clustering, where the embedding's dimension is high against the number of faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

from models.clusterers import checked

ROWS_PER_DIMENSION = 10  # faces that a dimension must be backed by
MAX_DIMENSION = 64
MAX_ROWS = 5000  # faces that the axes are found from; beyond, a seeded sample


@dataclass(frozen=True)
class Space:
    """Where a clusterer was fitted: criteria from two different spaces cannot be compared."""

    name: str  # "pca(128->37)", "whitened_pca(128->37)" or "embedding(16)"
    dimension: int
    n: int
    kept_variance: float  # share, 0 to 1


@dataclass(frozen=True)
class Reduction:
    """An affine map to the clusterer's space: ``(x - mean) @ projection``.

    mean (d,) and projection (d, m) are float64 and all that a served graph needs; whitening, if any, is in
    the projection. ``n_fitted`` is the number of rows the axes were found from, ``pca`` the fitted
    scikit-learn PCA, or None where the embedding was left as it is.
    """

    mean: np.ndarray
    projection: np.ndarray
    space: Space
    n_fitted: int
    pca: PCA | None

    def transform(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, d) in the clusterer's space: float64 (n, m)."""
        x = np.asarray(embeddings, np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.mean):
            raise ValueError(f"Expected embeddings of shape (n, {len(self.mean)}), received {x.shape}.")
        return (x - self.mean) @ self.projection


def fit_reduction(
    embeddings: np.ndarray,
    pca_variance: float | None = 0.95,
    max_dimension: int = MAX_DIMENSION,
    whiten: bool = False,
    random_state: int | None = 0,
    rows_per_dimension: int = ROWS_PER_DIMENSION,
) -> Reduction:
    """Fit the map to the clusterer's space on embeddings (n, d), n >= 2.

    Keeps as few principal axes as hold the share ``pca_variance`` of the variance, at most
    ``max_dimension`` and at most one for every ``rows_per_dimension`` rows. Embeddings that meet both limits
    as they are, and all where ``pca_variance`` is None, are centred only (unless ``whiten``). Raises
    ValueError on fewer than 2 rows, on NaN or infinity, and where no row differs from another.
    """
    if pca_variance is not None and not 0 < pca_variance <= 1:
        raise ValueError(f"pca_variance must be above 0 and at most 1, or None; received {pca_variance}.")
    x = checked(embeddings)
    n, d = x.shape
    if n < 2:
        raise ValueError("Clustering needs at least 2 embeddings, received 1. Give more photos with a face.")
    if not np.ptp(x, axis=0).any():
        raise ValueError(
            f"All {n} embeddings are equal: the encoder has collapsed to a point. Train it for more epochs, "
            "or lower its learning rate."
        )
    limit = max(1, min(max_dimension, n // rows_per_dimension))
    if pca_variance is None or (d <= limit and not whiten):
        space = Space(f"embedding({d})", d, n, 1.0)
        return Reduction(x.mean(axis=0), np.eye(d), space, n, None)
    return _fit_pca(x, pca_variance, min(limit, d), whiten, random_state)


def _fit_pca(
    x: np.ndarray, pca_variance: float, limit: int, whiten: bool, random_state: int | None
) -> Reduction:
    n, d = x.shape
    rows = x
    if n > MAX_ROWS:
        rows = x[np.sort(np.random.default_rng(random_state).choice(n, MAX_ROWS, replace=False))]
    limit = min(limit, len(rows) - 1) if len(rows) > 2 else 1
    solver = "randomized" if min(rows.shape) > 10 * limit else "full"
    pca = PCA(limit, svd_solver=solver, whiten=whiten, random_state=random_state).fit(rows)
    shares = np.cumsum(pca.explained_variance_ratio_)
    m = min(int(np.searchsorted(shares, pca_variance - 1e-9)) + 1, limit)
    scale = np.sqrt(np.maximum(pca.explained_variance_[:m], 1e-12)) if whiten else np.ones(m)
    name = f"{'whitened_' if whiten else ''}pca({d}->{m})"
    space = Space(name, m, n, min(float(shares[m - 1]), 1.0))
    projection = np.asarray(pca.components_[:m].T / scale, np.float64)
    return Reduction(np.asarray(pca.mean_, np.float64), projection, space, len(rows), pca)
