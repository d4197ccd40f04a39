"""k-means, and the spherical mixture that it stands for."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.utils.validation import check_is_fitted

from models.clustering.clusterers import REG_COVAR
from models.clustering.linkage.ward import ward_means
from models.clustering.rows import checked_for_fit, checked_for_predict
from models.clustering.rules.mixture import kmeans_n_parameters, spherical_mixture
from models.devices.threads import tolerated_warnings


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
        mini_batch: bool = False,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.reg_covar = reg_covar
        self.initial_means = initial_means
        self.max_iter = max_iter
        self.mini_batch = mini_batch

    def fit(self, x: np.ndarray, y: None = None, groups: np.ndarray | None = None) -> KMeansClusterer:
        """Fit on x (n, d) floats; raises ValueError on non-finite rows or too few distinct ones.

        The rows' photos, ``groups``, are ignored.
        """
        x = checked_for_fit(self, x, self.n_clusters)
        means = starting_means(x, self.n_clusters, self.random_state, self.initial_means)
        fitted = fitted_minibatch_kmeans if self.mini_batch else fitted_kmeans
        kmeans = fitted(x, means, self.max_iter, self.random_state)
        variance = max(kmeans.inertia_ / x.size, absolute_reg_covar(x, self.reg_covar))
        self.rule_ = spherical_mixture(kmeans.cluster_centers_, variance)
        self.n_parameters_ = self.n_parameters(self.n_clusters, x.shape[1])
        self.n_iter_ = int(kmeans.n_iter_)
        self.converged_ = self.n_iter_ < self.max_iter
        self.inertia_ = float(kmeans.inertia_)
        self.n_clusters_ = self.n_clusters
        found = self.rule_.assign(x)
        self.labels_, self.confidence_ = found.cluster, found.confidence
        return self

    def n_parameters(self, n_clusters: int, d: int) -> int:
        """The number of free parameters with so many clusters in d dimensions."""
        return kmeans_n_parameters(n_clusters, d)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Cluster of each row of x (n, d): int64 (n,), 0 <= cluster < n_clusters_."""
        check_is_fitted(self)
        return self.rule_.assign(checked_for_predict(self, x)).cluster


def absolute_reg_covar(x: np.ndarray, share: float) -> float:
    """What is added to every variance: a share of x's mean variance; tiny if x does not vary."""
    return max(share * float(x.var(axis=0).mean()), 1e-12)


def starting_means(
    x: np.ndarray, n_clusters: int, random_state: int | None, initial_means: np.ndarray | None
) -> np.ndarray:
    """Means (k, d) to start from: the given ones, or those of Ward's groups."""
    if initial_means is None:
        return ward_means(x, n_clusters, random_state)
    means = np.asarray(initial_means, np.float64)
    if means.shape != (n_clusters, x.shape[1]):
        raise ValueError(f"initial_means: expected shape {(n_clusters, x.shape[1])}, received {means.shape}.")
    return means


def fitted_kmeans(x: np.ndarray, means: np.ndarray, max_iter: int, random_state: int | None) -> KMeans:
    """Lloyd's k-means from the given means (k, d)."""
    kmeans = KMeans(len(means), init=means, n_init=1, max_iter=max_iter, random_state=random_state)
    with tolerated_warnings():
        return kmeans.fit(x)


def fitted_minibatch_kmeans(
    x: np.ndarray, means: np.ndarray, max_iter: int, random_state: int | None
) -> MiniBatchKMeans:
    """k-means on batches of 1,024 rows (Sculley 2010) from the given means (k, d)."""
    kmeans = MiniBatchKMeans(
        len(means), init=means, n_init=1, batch_size=1024, max_iter=max_iter, random_state=random_state
    )
    return kmeans.fit(x)
