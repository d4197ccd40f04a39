"""The first principal axes of the rows that a frozen model is fitted on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from sklearn.decomposition import PCA

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Axes:
    """``mean`` (p,) and ``axes`` (p, dimension) float32: coordinates are ``(rows - mean) @ axes``.

    The first ``n_axes`` columns hold the share ``kept`` of the variance, the others are 0.
    """

    mean: np.ndarray
    axes: np.ndarray
    n_axes: int
    kept: float


def fit_axes(rows: np.ndarray, dimension: int) -> Axes:
    """Finds the first principal axes of rows (n, p) float32, at most ``dimension`` and one less than n.

    The rows are centred in place. Raises ValueError if all are equal, or there is one only.
    """
    n, width = rows.shape
    if not np.ptp(rows, axis=0).any():
        raise ValueError(
            f"All {n} pictures look the same to the model. Expected pictures that differ. Give more pictures."
        )
    found = min(dimension, n - 1, width)
    if found < dimension:
        words = "%d pictures have %d principal axes at most: latent_dim is %d, and not %d"
        logger.warning(words, n, found, found, dimension)
    pca = PCA(found, svd_solver="randomized", random_state=0, copy=False).fit(rows)
    axes = np.zeros((width, dimension), np.float32)
    axes[:, :found] = pca.components_.T
    return Axes(pca.mean_.astype(np.float32), axes, found, float(pca.explained_variance_ratio_.sum()))
