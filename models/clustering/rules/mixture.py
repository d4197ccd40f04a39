"""The Gaussian mixture as a rule for new points, its densities, and draws from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from models.clustering.rows import checked
from models.clustering.rules.assignment import BLOCK, Assignment, Rule
from schemas.samples import batches_of

if TYPE_CHECKING:
    from sklearn.mixture import BayesianGaussianMixture, GaussianMixture


# Components whose log(weight N) differ by less are equally likely, and the first of them counts: equal ones
# differ by roundings only, which are others in the served graph.
TIED = 1e-6  # nats


@dataclass(frozen=True)
class Mixture(Rule):
    """A Gaussian mixture: weights (k,), means (k, d), precisions_cholesky (k, d, d), all float64.

    ``precisions_cholesky[j]`` is P with P P^T = inverse covariance of component j, upper triangular, as in
    scikit-learn: log N(x) = -d/2 log 2 pi + sum log diag P - 1/2 |(x - mean) P|^2. ``covariance_type`` tells
    what can also be seen ("tied": one P for all; "diag", "spherical": P diagonal), and saves time only.
    """

    kind: ClassVar[str] = "mixture"

    weights: np.ndarray
    means: np.ndarray
    precisions_cholesky: np.ndarray
    covariance_type: str = "full"

    @property
    def density(self) -> Mixture:
        """The mixture itself."""
        return self

    def assign(self, x: np.ndarray) -> Assignment:
        """Assigns points x (n, d) to the likeliest component, the first of equals; see ``Rule.assign``."""
        x = checked(x)
        cluster, familiarity, sure = np.empty(len(x), np.int64), np.empty(len(x)), np.empty(len(x))
        for part in batches_of(len(x), max(1, BLOCK // len(self.weights))):
            weighted = weighted_log_densities(self, x[part])
            familiarity[part] = logsumexp(weighted, axis=1)
            largest = weighted.max(axis=1)
            cluster[part] = (weighted >= largest[:, None] - TIED).argmax(axis=1)
            sure[part] = np.exp(largest - familiarity[part])
        return Assignment(cluster, sure, familiarity)

    def own_familiarity(self, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The log density of each row of x (n, d) in nats, to which a single row hardly contributes: (n,)."""
        return self.assign(x).familiarity


def spherical_mixture(means: np.ndarray, variance: float) -> Mixture:
    """A mixture with equal weights and one variance around means (k, d), of which k-means is the limit."""
    k, d = means.shape
    precisions_cholesky = np.broadcast_to(np.eye(d) / np.sqrt(variance), (k, d, d))
    return Mixture(np.full(k, 1.0 / k), np.asarray(means, np.float64), precisions_cholesky, "tied")


def from_scikit_learn(gmm: GaussianMixture | BayesianGaussianMixture) -> Mixture:
    """The mixture of a fitted ``GaussianMixture``, its covariances written out as (k, d, d)."""
    k, d = gmm.means_.shape
    cholesky = gmm.precisions_cholesky_
    if gmm.covariance_type == "tied":
        cholesky = np.broadcast_to(cholesky, (k, d, d))
    elif gmm.covariance_type == "diag":
        cholesky = cholesky[:, :, None] * np.eye(d)
    elif gmm.covariance_type == "spherical":
        cholesky = cholesky[:, None, None] * np.eye(d)
    return Mixture(gmm.weights_, gmm.means_, cholesky, gmm.covariance_type)


def log_densities(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """log N(x_i | j) of rows x (n, d) under every component, in nats: float64 (n, k)."""
    d = mixture.means.shape[1]
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(
            f"Expected rows of shape (n, {d}), as the mixture was fitted on; received {x.shape}."
        )
    diagonals = np.diagonal(mixture.precisions_cholesky, axis1=1, axis2=2)
    log_determinants = np.log(diagonals).sum(axis=1)
    return log_determinants - 0.5 * (d * np.log(2 * np.pi) + squared_distances(mixture, x))


def weighted_log_densities(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """log(weight_j N(x_i | j)) of rows x (n, d), in nats: float64 (n, k)."""
    with np.errstate(divide="ignore"):  # a component may have died: weight 0, log weight -inf
        return log_densities(mixture, x) + np.log(mixture.weights)


def squared_distances(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Squared Mahalanobis distance of rows x (n, d) to every mean: float64 (n, k), at least 0."""
    origin = mixture.means.mean(axis=0)  # keeps the sums below small, and so exact
    x, means = x - origin, mixture.means - origin
    cholesky = mixture.precisions_cholesky
    if mixture.covariance_type == "full":
        out = np.empty((len(x), len(means)))
        for j, mean in enumerate(means):
            out[:, j] = np.square((x - mean) @ cholesky[j]).sum(axis=1)
        return out
    if mixture.covariance_type == "tied":
        x, means = x @ cholesky[0], means @ cholesky[0]
        precisions = np.ones_like(means)
    else:
        precisions = np.square(np.diagonal(cholesky, axis1=1, axis2=2))
    out = np.square(x) @ precisions.T - 2 * x @ (means * precisions).T
    return np.maximum(out + (np.square(means) * precisions).sum(axis=1), 0)


def mixture_log_likelihood(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Log density of each row of x (n, d), in nats: float64 (n,)."""
    return logsumexp(weighted_log_densities(mixture, x), axis=1)


def mixture_posterior(mixture: Mixture, x: np.ndarray) -> np.ndarray:
    """Probability of each component given each row of x (n, d): float64 (n, k), rows sum to 1."""
    log_densities = weighted_log_densities(mixture, x)
    return np.exp(log_densities - logsumexp(log_densities, axis=1, keepdims=True))


def sample(mixture: Mixture, n: int, random_state: int | np.random.Generator = 0) -> np.ndarray:
    """``n`` independent draws from the mixture: float64 (n, d).

    With precision P P^T a draw is mean + z P^-1, z of N(0, I): its covariance is (P P^T)^-1. ``random_state``
    is a seed or a generator. Raises ValueError for a negative n.
    """
    if n < 0:
        raise ValueError(f"Expected a number of draws from 0; received {n}.")
    generator = np.random.default_rng(random_state)
    k, d = mixture.means.shape
    component = np.repeat(np.arange(k), generator.multinomial(n, mixture.weights / mixture.weights.sum()))
    z = generator.standard_normal((n, d))
    out = np.empty((n, d))
    for j in np.unique(component):
        rows = component == j
        steps = solve_triangular(mixture.precisions_cholesky[j], z[rows].T, lower=False, trans="T")
        out[rows] = mixture.means[j] + steps.T
    return generator.permutation(out)


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
