"""Clusterers behind one contract; ``CLUSTERERS`` is the one place to add a clusterer.

An entry is ``build(n_clusters, random_state, **options)``. It returns an unfitted scikit-learn estimator
with ``fit(x)`` and ``predict(x)`` and, once fitted, ``labels_``, ``n_clusters_``, ``n_parameters_``,
``converged_``, ``inertia_`` (or None) and ``mixture_``: the Gaussian mixture that the served graph
evaluates. So every clusterer has a posterior and a log-likelihood, and ``predict`` is the posterior's
largest entry. Example::

    clusterer = CLUSTERERS["gmm"](40, 0, covariance_type="tied").fit(embeddings)
    posterior(clusterer, new_embeddings).max(axis=1)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from models.expectation_maximization import EMSettings, fit_mixture
from models.mixture import (
    COVARIANCE_TYPES,
    Mixture,
    gmm_n_parameters,
    kmeans_n_parameters,
    mixture_log_likelihood,
    mixture_posterior,
    spherical_mixture,
    weighted_log_densities,
)
from models.shared_rows import SharedRows
from models.ward import ward_means

REG_COVAR = 1e-3  # share of the data's mean variance


class KMeansClusterer(ClusterMixin, BaseEstimator):
    """scikit-learn's k-means, started from a Ward tree, with the spherical mixture that it stands for.

    k-means is the limit of a mixture with equal weights and one spherical covariance. It is exported as
    that mixture, with variance = mean squared distance to the nearest mean / d, at least ``reg_covar``
    times the data's mean variance. It has k * d + 1 free parameters: the means and the variance.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        random_state: int | None = None,
        reg_covar: float = REG_COVAR,
        initial_means: np.ndarray | None = None,
        max_iter: int = 300,
    ):
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.reg_covar = reg_covar
        self.initial_means = initial_means
        self.max_iter = max_iter

    def fit(self, x: np.ndarray, y: None = None) -> KMeansClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones."""
        x = checked_for_fit(x, self.n_clusters)
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        kmeans = fitted_kmeans(x, means, self.max_iter, self.random_state)
        variance = max(kmeans.inertia_ / x.size, absolute_reg_covar(x, self.reg_covar))
        self.mixture_ = spherical_mixture(kmeans.cluster_centers_, variance)
        self.n_parameters_ = kmeans_n_parameters(self.n_clusters, x.shape[1])
        self.converged_ = bool(kmeans.n_iter_ < self.max_iter)
        self.inertia_ = float(kmeans.inertia_)
        self.n_features_in_ = x.shape[1]
        self.n_clusters_ = self.n_clusters
        self.labels_ = self.predict(x)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Cluster of each row of x (n, d): int64 (n,), 0 <= cluster < n_clusters_."""
        return weighted_log_densities(mixture_parameters(self), checked(x)).argmax(axis=1)


class GaussianMixtureClusterer(ClusterMixin, BaseEstimator):
    """A Gaussian mixture by expectation-maximisation, started from k-means on a Ward tree.

    Model-based clustering starts expectation-maximisation from a hierarchy (Fraley and Raftery, "How many
    clusters? Which clustering method?", The Computer Journal 41(8), 1998): one start, no restarts. Every
    component starts with the pooled covariance within the groups. ``reg_covar`` is a share of the data's
    mean variance, not an absolute value as in scikit-learn.
    """

    def __init__(
        self,
        n_clusters: int = 8,
        random_state: int | None = None,
        covariance_type: str = "full",
        reg_covar: float = REG_COVAR,
        initial_means: np.ndarray | None = None,
        max_iter: int = 200,
    ):
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.initial_means = initial_means
        self.max_iter = max_iter

    def fit(self, x: np.ndarray | SharedRows, y: None = None) -> GaussianMixtureClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones.

        ``SharedRows`` of the same x save work where several mixtures are fitted on it.
        """
        if self.covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"Unknown covariance type {self.covariance_type!r}. "
                f"Expected one of: {', '.join(COVARIANCE_TYPES)}."
            )
        rows = shared_for_fit(x, self.n_clusters)
        x = rows.x
        if len(x) < 2:
            raise ValueError("A Gaussian mixture needs at least 2 rows, received 1. Give more photos.")
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        start = starting_mixture(rows, kmeans_labels(rows, means, self.random_state), self)
        settings = EMSettings(absolute_reg_covar(x, self.reg_covar), self.max_iter)
        fitted = fit_mixture(rows, start, self.covariance_type, settings)
        self.mixture_ = fitted.mixture
        self.n_parameters_ = gmm_n_parameters(self.n_clusters, x.shape[1], self.covariance_type)
        self.converged_ = fitted.converged
        self.n_iter_ = fitted.n_iter
        self.inertia_ = None
        self.n_features_in_ = x.shape[1]
        self.n_clusters_ = self.n_clusters
        self.labels_ = self.predict(x)
        return self

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Component of each row of x (n, d): int64 (n,), 0 <= component < n_clusters_."""
        return weighted_log_densities(mixture_parameters(self), checked(x)).argmax(axis=1)


def build_kmeans(n_clusters: int, random_state: int | None, **options: Any) -> KMeansClusterer:
    """k-means; options: reg_covar, initial_means (k, d), max_iter."""
    return KMeansClusterer(n_clusters, random_state, **options)


def build_gmm(n_clusters: int, random_state: int | None, **options: Any) -> GaussianMixtureClusterer:
    """Gaussian mixture; options: covariance_type, reg_covar, initial_means (k, d), max_iter."""
    return GaussianMixtureClusterer(n_clusters, random_state, **options)


CLUSTERERS: dict[str, Callable[..., Any]] = {
    "kmeans": build_kmeans,
    "gmm": build_gmm,
}


def mixture_parameters(estimator: Any) -> Mixture:
    """The fitted estimator's mixture, for export; raises NotFittedError before ``fit``."""
    if not hasattr(estimator, "mixture_"):
        raise NotFittedError(f"{type(estimator).__name__} is not fitted yet. Call fit(x) first.")
    return estimator.mixture_


def log_likelihood(estimator: Any, x: np.ndarray) -> np.ndarray:
    """Log density of each row of x (n, d) under the estimator's mixture, in nats: float64 (n,)."""
    return mixture_log_likelihood(mixture_parameters(estimator), checked(x))


def posterior(estimator: Any, x: np.ndarray) -> np.ndarray:
    """Probability of each cluster given each row of x (n, d): float64 (n, k), rows sum to 1."""
    return mixture_posterior(mixture_parameters(estimator), checked(x))


def checked(x: np.ndarray) -> np.ndarray:
    """x as float64 (n, d); raises ValueError where it has another rank, no rows, or NaN or infinite rows."""
    x = np.asarray(x, np.float64)
    if x.ndim != 2 or 0 in x.shape:
        raise ValueError(f"Expected rows of shape (n, d), n and d at least 1; received shape {x.shape}.")
    bad = ~np.isfinite(x).all(axis=1)
    if bad.any():
        raise ValueError(
            f"{bad.sum()} of {len(x)} rows hold NaN or infinity, the first is row {bad.argmax()}. "
            "Expected finite embeddings; the encoder that made them has probably diverged."
        )
    return x


def checked_for_fit(x: np.ndarray, n_clusters: int) -> np.ndarray:
    """As ``checked``, and ValueError where x has fewer distinct rows than n_clusters."""
    return shared_for_fit(x, n_clusters).x


def shared_for_fit(x: np.ndarray | SharedRows, n_clusters: int) -> SharedRows:
    """As ``checked_for_fit``, with what several fits on the same rows share."""
    rows = x if isinstance(x, SharedRows) else SharedRows(checked(x))
    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, received {n_clusters}.")
    if n_clusters > 1:
        distinct = rows.n_distinct if n_clusters <= len(rows.x) else len(rows.x)
        if distinct < n_clusters:
            raise ValueError(
                f"Cannot make {n_clusters} clusters of {len(rows.x)} rows, {distinct} of them distinct. "
                f"Ask for at most {distinct}, or give more photos."
            )
    return rows


def absolute_reg_covar(x: np.ndarray, share: float) -> float:
    """The share of x's mean variance that is added to every variance; tiny where x does not vary."""
    return max(share * float(x.var(axis=0).mean()), 1e-12)


def starting_means(
    x: np.ndarray, n_clusters: int, random_state: int | None, initial_means: np.ndarray | None
) -> np.ndarray:
    """Means (k, d) to start from: those given, else those of Ward's groups."""
    if initial_means is None:
        return ward_means(x, n_clusters, random_state)
    means = np.asarray(initial_means, np.float64)
    if means.shape != (n_clusters, x.shape[1]):
        raise ValueError(f"initial_means: expected shape {(n_clusters, x.shape[1])}, received {means.shape}.")
    return means


def starting_mixture(rows: SharedRows, labels: np.ndarray, like: GaussianMixtureClusterer) -> Mixture:
    """The mixture of groups (n,) of rows that share the covariance within the groups, as ``like`` is set."""
    x, k = rows.x, like.n_clusters
    counts = np.bincount(labels, minlength=k)
    members = labels == np.arange(k)[:, None]
    means = members @ x / np.maximum(counts, 1)[:, None]
    centred = x - means[labels]
    pooled = centred.T @ centred / len(x) + absolute_reg_covar(x, like.reg_covar) * np.eye(x.shape[1])
    if like.covariance_type == "diag":
        pooled = np.diag(np.diag(pooled))
    elif like.covariance_type == "spherical":
        pooled = np.eye(len(pooled)) * np.trace(pooled) / len(pooled)
    cholesky = np.triu(np.linalg.inv(np.linalg.cholesky(pooled)).T)
    return Mixture(
        counts / len(x), means, np.broadcast_to(cholesky, (k, *cholesky.shape)), like.covariance_type
    )


def kmeans_labels(rows: SharedRows, means: np.ndarray, random_state: int | None) -> np.ndarray:
    """Labels (n,) of k-means from the given means, run once for all mixtures on the same rows."""
    key = means.tobytes()
    if key not in rows.starts:
        rows.starts[key] = fitted_kmeans(rows.x, means, 50, random_state).labels_
    return rows.starts[key]


def fitted_kmeans(x: np.ndarray, means: np.ndarray, max_iter: int, random_state: int | None) -> KMeans:
    """Lloyd's k-means from the given means (k, d)."""
    kmeans = KMeans(len(means), init=means, n_init=1, max_iter=max_iter, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # an empty cluster is told by its size
        return kmeans.fit(x)
