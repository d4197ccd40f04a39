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
from sklearn.mixture import GaussianMixture

from models.mixture import (
    COVARIANCE_TYPES,
    Mixture,
    from_scikit_learn,
    gmm_n_parameters,
    kmeans_n_parameters,
    log_densities,
    mixture_log_likelihood,
    mixture_posterior,
    spherical_mixture,
    weighted_log_densities,
)
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


class FastTiedGaussianMixture(GaussianMixture):
    """``GaussianMixture`` that maps the rows once, not once a component, where all share one covariance.

    At 400 components in 64 dimensions that is the difference between seconds and half a minute.
    """

    def _estimate_log_prob(self, X):
        if self.covariance_type != "tied":
            return super()._estimate_log_prob(X)
        return log_densities(from_scikit_learn(self), X)


class GaussianMixtureClusterer(ClusterMixin, BaseEstimator):
    """scikit-learn's ``GaussianMixture``, started from k-means on a Ward tree.

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

    def fit(self, x: np.ndarray, y: None = None) -> GaussianMixtureClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones."""
        if self.covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"Unknown covariance type {self.covariance_type!r}. "
                f"Expected one of: {', '.join(COVARIANCE_TYPES)}."
            )
        x = checked_for_fit(x, self.n_clusters)
        if len(x) < 2:
            raise ValueError("A Gaussian mixture needs at least 2 rows, received 1. Give more photos.")
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        start = fitted_kmeans(x, means, 50, self.random_state)
        self.gaussian_mixture_ = self._fitted_mixture(x, start)
        self.mixture_ = from_scikit_learn(self.gaussian_mixture_)
        self.n_parameters_ = gmm_n_parameters(self.n_clusters, x.shape[1], self.covariance_type)
        self.converged_ = bool(self.gaussian_mixture_.converged_)
        self.inertia_ = None
        self.n_features_in_ = x.shape[1]
        self.n_clusters_ = self.n_clusters
        self.labels_ = self.predict(x)
        return self

    def _fitted_mixture(self, x: np.ndarray, start: KMeans) -> GaussianMixture:
        reg_covar = absolute_reg_covar(x, self.reg_covar)
        gmm = FastTiedGaussianMixture(
            n_components=self.n_clusters,
            covariance_type=self.covariance_type,
            reg_covar=reg_covar,
            max_iter=self.max_iter,
            init_params="random_from_data",  # costs nothing, and is replaced by the three below
            weights_init=np.bincount(start.labels_, minlength=self.n_clusters) / len(x),
            means_init=start.cluster_centers_,
            precisions_init=starting_precisions(x, start, self.covariance_type, reg_covar),
            random_state=self.random_state,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # told by converged_
            return gmm.fit(x)

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
    x = checked(x)
    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, received {n_clusters}.")
    if n_clusters > 1:
        distinct = len(np.unique(x, axis=0)) if n_clusters <= len(x) else len(x)
        if distinct < n_clusters:
            raise ValueError(
                f"Cannot make {n_clusters} clusters of {len(x)} rows, {distinct} of them distinct. "
                f"Ask for at most {distinct}, or give more photos."
            )
    return x


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


def starting_precisions(x: np.ndarray, start: KMeans, covariance_type: str, reg_covar: float) -> np.ndarray:
    """The inverse of the pooled covariance within groups, in the shape scikit-learn wants."""
    k, d = start.cluster_centers_.shape
    centred = x - start.cluster_centers_[start.labels_]
    pooled = centred.T @ centred / len(x) + reg_covar * np.eye(d)
    if covariance_type == "diag":
        return np.tile(1.0 / np.diag(pooled), (k, 1))
    if covariance_type == "spherical":
        return np.full(k, d / np.trace(pooled))
    precision = np.linalg.inv(pooled)
    precision = (precision + precision.T) / 2
    return precision if covariance_type == "tied" else np.tile(precision, (k, 1, 1))


def fitted_kmeans(x: np.ndarray, means: np.ndarray, max_iter: int, random_state: int | None) -> KMeans:
    """Lloyd's k-means from the given means (k, d)."""
    kmeans = KMeans(len(means), init=means, n_init=1, max_iter=max_iter, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # an empty cluster is told by its size
        return kmeans.fit(x)
