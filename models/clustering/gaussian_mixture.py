"""Gaussian mixtures with a chosen number of components."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from models.clustering.clusterers import COVARIANCE_TYPES, REG_COVAR
from models.clustering.kmeans import absolute_reg_covar, fitted_kmeans, starting_means
from models.clustering.mixtures.expectation_maximization import EMSettings, refit_mixture
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rows import check_number, checked_for_fit, checked_for_predict
from models.clustering.rules.mixture import Mixture, gmm_n_parameters


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
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.initial_means = initial_means
        self.max_iter = max_iter

    def fit(
        self, x: np.ndarray | SharedRows, y: None = None, groups: np.ndarray | None = None
    ) -> GaussianMixtureClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones.

        ``SharedRows`` of the same x save work if several mixtures are fitted on it. The rows' photos,
        ``groups``, are ignored.
        """
        if self.covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"Unknown covariance type {self.covariance_type!r}. "
                f"Expected one of: {', '.join(COVARIANCE_TYPES)}."
            )
        rows = x if isinstance(x, SharedRows) else SharedRows(checked_for_fit(self, x, None))
        x = rows.x
        check_number(self.n_clusters, len(x), lambda: rows.n_distinct)
        if len(x) < 2:
            raise ValueError("A Gaussian mixture needs 2 rows, received n_samples=1. Give more photos.")
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        start = starting_mixture(rows, kmeans_labels(rows, means, self.random_state), self)
        settings = EMSettings(absolute_reg_covar(x, self.reg_covar), self.max_iter)
        fitted = refit_mixture(rows, start, self.covariance_type, settings)
        self.rule_ = fitted.mixture
        self.n_parameters_ = self.n_parameters(self.n_clusters, x.shape[1])
        self.converged_ = fitted.converged
        self.n_iter_ = fitted.n_iter
        self.inertia_ = None
        self.n_features_in_ = x.shape[1]
        self.n_clusters_ = self.n_clusters
        found = self.rule_.assign(x)
        self.labels_, self.confidence_ = found.cluster, found.confidence
        return self

    def n_parameters(self, n_clusters: int, d: int) -> int:
        """The number of free parameters of a mixture with so many components in d dimensions."""
        return gmm_n_parameters(n_clusters, d, self.covariance_type)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Component of each row of x (n, d): int64 (n,), 0 <= component < n_clusters_."""
        check_is_fitted(self)
        return self.rule_.assign(checked_for_predict(self, x)).cluster


def starting_mixture(rows: SharedRows, labels: np.ndarray, like: GaussianMixtureClusterer) -> Mixture:
    """A mixture of the groups in labels (n,), with one pooled covariance and the settings of ``like``."""
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
    """Labels (n,) of k-means from the given means, which runs once for all mixtures on the same rows."""
    key = means.tobytes()
    if key not in rows.starts:
        rows.starts[key] = fitted_kmeans(rows.x, means, 50, random_state).labels_
    return rows.starts[key]
