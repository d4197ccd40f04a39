"""The Gaussian mixture that a grouping implies, so that clusterers without a density can be compared too."""

from __future__ import annotations

import numpy as np

from models.clustering.kmeans import absolute_reg_covar
from models.clustering.rows import group_means
from models.clustering.rules.mixture import Mixture


def implied_mixture(x: np.ndarray, labels: np.ndarray, reg_covar: float) -> Mixture:
    """A component for each cluster of rows x (n, d) with labels (n,), with the pooled covariance within them.

    Weights are the clusters' shares. Noise (-1) is one more component, with the mean and covariance of all
    rows: a point of it may be anywhere. ``reg_covar`` is a share of the data's mean variance.
    """
    d = x.shape[1]
    jitter = absolute_reg_covar(x, reg_covar) * np.eye(d)
    kept = labels >= 0
    broad = np.cov(x.T, bias=True).reshape(d, d) + jitter if len(x) > 1 else jitter
    if not kept.any():
        return Mixture(np.ones(1), x.mean(axis=0, keepdims=True), precisions_cholesky(broad)[None], "full")
    codes = np.unique(labels[kept], return_inverse=True)[1]
    means = group_means(x[kept], codes)
    centred = x[kept] - means[codes]
    within = precisions_cholesky(centred.T @ centred / len(centred) + jitter)
    shares = np.bincount(codes) / len(x)
    if kept.all():
        return Mixture(shares, means, np.broadcast_to(within, (len(means), d, d)), "tied")
    return Mixture(
        np.append(shares, 1 - kept.mean()),
        np.vstack([means, x.mean(axis=0)]),
        np.concatenate([np.broadcast_to(within, (len(means), d, d)), precisions_cholesky(broad)[None]]),
    )


def precisions_cholesky(covariance: np.ndarray) -> np.ndarray:
    """Upper triangular P (d, d) with P P^T the inverse of a covariance (d, d), as ``Mixture`` keeps it."""
    return np.linalg.inv(np.linalg.cholesky(covariance)).T


def implied_n_parameters(n_clusters: int, d: int, noise: bool) -> int:
    """Free parameters of the implied mixture: means, weights, one covariance; noise has another."""
    one = d * (d + 1) // 2
    return n_clusters * d + max(n_clusters - 1, 0) + one * (n_clusters > 0) + noise * (d + one + 1)
