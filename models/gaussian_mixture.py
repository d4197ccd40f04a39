"""Gaussian mixtures with a chosen number of components."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from models.assignment import assign, rule_of
from models.kmeans import REG_COVAR, absolute_reg_covar, fitted_kmeans, starting_means
from models.mixture import COVARIANCE_TYPES, from_scikit_learn, gmm_n_parameters, log_densities
from models.rows import checked_for_fit, checked_for_predict


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
        x = checked_for_fit(self, x, self.n_clusters)
        if len(x) < 2:
            raise ValueError(
                "A Gaussian mixture needs at least 2 rows, received n_samples=1. Give more photos."
            )
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        start = fitted_kmeans(x, means, 50, self.random_state)
        self.gaussian_mixture_ = self._fitted_mixture(x, start)
        self.mixture_ = from_scikit_learn(self.gaussian_mixture_)
        self.n_parameters_ = gmm_n_parameters(self.n_clusters, x.shape[1], self.covariance_type)
        self.converged_ = bool(self.gaussian_mixture_.converged_)
        self.n_iter_ = int(self.gaussian_mixture_.n_iter_)
        self.inertia_ = None
        self.n_clusters_ = self.n_clusters
        found = assign(self.mixture_, x)
        self.labels_, self.confidence_ = found.cluster, found.confidence
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
        rule = rule_of(self)
        return assign(rule, checked_for_predict(self, x)).cluster


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
