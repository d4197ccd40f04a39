"""The Gaussian mixture that every fitted clusterer leaves behind, and its densities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

COVARIANCE_TYPES = ("full", "tied", "diag", "spherical")


@dataclass(frozen=True)
class Mixture:
    """A Gaussian mixture: weights (k,), means (k, d), precisions_cholesky (k, d, d), all float64.

    ``precisions_cholesky[j]`` is P with P P^T = inverse covariance of component j, upper triangular, as in
    scikit-learn: log N(x) = -d/2 log 2 pi + sum log diag P - 1/2 |(x - mean) P|^2.
    """

    weights: np.ndarray
    means: np.ndarray
    precisions_cholesky: np.ndarray


def spherical_mixture(means: np.ndarray, variance: float) -> Mixture:
    """Equal weights and one variance around means (k, d): the mixture that k-means is the limit of."""
    k, d = means.shape
    precisions_cholesky = np.broadcast_to(np.eye(d) / np.sqrt(variance), (k, d, d))
    return Mixture(np.full(k, 1.0 / k), np.asarray(means, np.float64), precisions_cholesky)


def from_scikit_learn(gmm) -> Mixture:
    """The mixture of a fitted ``GaussianMixture``, its covariances written out as (k, d, d)."""
    k, d = gmm.means_.shape
    cholesky = gmm.precisions_cholesky_
    if gmm.covariance_type == "tied":
        cholesky = np.broadcast_to(cholesky, (k, d, d))
    elif gmm.covariance_type == "diag":
        cholesky = cholesky[:, :, None] * np.eye(d)
    elif gmm.covariance_type == "spherical":
        cholesky = cholesky[:, None, None] * np.eye(d)
    return Mixture(gmm.weights_, gmm.means_, cholesky)


def weighted_log_densities(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """log(weight_j N(x_i | j)) of rows x (n, d), in nats: float64 (n, k)."""
    d = mixture.means.shape[1]
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(
            f"Expected rows of shape (n, {d}), as the mixture was fitted on; received {x.shape}."
        )
    out = np.empty((len(x), len(mixture.weights)))
    for j, cholesky in enumerate(mixture.precisions_cholesky):
        out[:, j] = -0.5 * np.square((x - mixture.means[j]) @ cholesky).sum(axis=1)
        out[:, j] += np.log(np.diag(cholesky)).sum()
    with np.errstate(divide="ignore"):  # a component may have died: weight 0, log weight -inf
        return out + np.log(mixture.weights) - 0.5 * d * np.log(2 * np.pi)


def mixture_log_likelihood(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Log density of each row of x (n, d), in nats: float64 (n,)."""
    return logsumexp(weighted_log_densities(mixture, x), axis=1)


def mixture_posterior(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Probability of each component given each row of x (n, d): float64 (n, k), rows sum to 1."""
    log_densities = weighted_log_densities(mixture, x)
    return np.exp(log_densities - logsumexp(log_densities, axis=1, keepdims=True))


def gmm_n_parameters(n_clusters: int, d: int, covariance_type: str) -> int:
    """Free parameters of a Gaussian mixture: covariances, means and weights (which sum to 1)."""
    covariances = {
        "full": n_clusters * d * (d + 1) // 2,
        "tied": d * (d + 1) // 2,
        "diag": n_clusters * d,
        "spherical": n_clusters,
    }[covariance_type]
    return covariances + n_clusters * d + n_clusters - 1


def kmeans_n_parameters(n_clusters: int, d: int) -> int:
    """Free parameters of k-means as an equal-weight spherical mixture: k means and one variance."""
    return n_clusters * d + 1
