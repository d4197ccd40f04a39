"""A Dirichlet process mixture, which gets more components than there are groups and empties some."""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.mixture import BayesianGaussianMixture
from sklearn.utils.validation import check_is_fitted

from models.clustering.clusterers import COVARIANCE_TYPES, REG_COVAR
from models.clustering.rows import checked_for_fit, checked_for_predict
from models.clustering.rules.mixture import Mixture, from_scikit_learn, gmm_n_parameters
from models.devices.threads import tolerated_warnings

MOST_COMPONENTS = 100


class BayesianMixtureClusterer(ClusterMixin, BaseEstimator):
    """scikit-learn's ``BayesianGaussianMixture`` with a Dirichlet process prior (Blei and Jordan 2006).

    ``n_clusters`` is the largest number of components that it may use; None stands for one for every five
    rows, and at most 100. Components that are the likeliest of no row are dropped, so ``n_clusters_`` is the
    number that it found. ``rule_`` is the plug-in mixture of the posterior's means. ``covariance_type`` is
    "spherical", because with the others it does not empty components in more than about ten dimensions: on
    planted mixtures of 6 groups in 16 dimensions, given 30 components, it kept 6, but with "tied" and "full"
    all 30.
    """

    def __init__(
        self,
        n_clusters: int | None = None,
        random_state: int | None = None,
        covariance_type: str = "spherical",
        reg_covar: float = REG_COVAR,
        max_iter: int = 300,
    ) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.max_iter = max_iter

    def fit(
        self, x: np.ndarray, y: None = None, groups: np.ndarray | None = None
    ) -> BayesianMixtureClusterer:
        """Fit on x (n, d) floats; raises ValueError on fewer than 2 rows, and on non-finite ones.

        The rows' photos, ``groups``, are ignored.
        """
        if self.covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"Unknown covariance type {self.covariance_type!r}. "
                f"Expected one of: {', '.join(COVARIANCE_TYPES)}."
            )
        x = checked_for_fit(self, x, None)
        if len(x) < 2:
            raise ValueError("A Gaussian mixture needs 2 rows, received n_samples=1. Give more photos.")
        fitted = self._fitted(x)
        self.rule_ = occupied(from_scikit_learn(fitted), x)
        self.n_clusters_ = len(self.rule_.weights)
        self.n_parameters_ = self.n_parameters(self.n_clusters_, x.shape[1])
        self.converged_ = bool(fitted.converged_)
        self.n_iter_ = int(fitted.n_iter_)
        self.inertia_ = None
        found = self.rule_.assign(x)
        self.labels_, self.confidence_ = found.cluster, found.confidence
        return self

    def _fitted(self, x: np.ndarray) -> BayesianGaussianMixture:
        most = min(MOST_COMPONENTS, max(1, len(x) // 5)) if self.n_clusters is None else self.n_clusters
        distinct = len(np.unique(x, axis=0))
        mixture = BayesianGaussianMixture(
            n_components=min(most, distinct),
            covariance_type=self.covariance_type,
            reg_covar=max(self.reg_covar * float(x.var(axis=0).mean()), 1e-12),
            max_iter=self.max_iter,
            random_state=self.random_state,
        )
        with tolerated_warnings():
            return mixture.fit(x)

    def n_parameters(self, n_clusters: int, d: int) -> int:
        """The number of free parameters of a mixture with so many components in d dimensions."""
        return gmm_n_parameters(n_clusters, d, self.covariance_type)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Component of each row of x (n, d): int64 (n,), 0 <= component < n_clusters_."""
        check_is_fitted(self)
        return self.rule_.assign(checked_for_predict(self, x)).cluster


def occupied(mixture: Mixture, x: np.ndarray) -> Mixture:
    """The mixture without components that are the likeliest of no row of x (n, d); weights sum to 1 again."""
    while True:
        kept = np.unique(mixture.assign(x).cluster)
        if len(kept) == len(mixture.weights):
            return mixture
        weights = mixture.weights[kept] / mixture.weights[kept].sum()
        mixture = Mixture(
            weights, mixture.means[kept], mixture.precisions_cholesky[kept], mixture.covariance_type
        )
