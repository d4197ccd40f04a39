"""The mixture that a grouping stands for."""

import numpy as np
import pytest

from components.evaluate.search.implied_mixture import implied_mixture, implied_n_parameters
from models.clustering.rules.mixture import gmm_n_parameters, mixture_log_likelihood


def rows(n=200, d=3, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) @ np.diag([1.0, 2.0, 0.5])


def test_one_cluster_is_one_gaussian():
    x = rows()
    mixture = implied_mixture(x, np.zeros(len(x), int), 0.0)
    inverse = np.linalg.inv(np.cov(x.T, bias=True))
    precision = mixture.precisions_cholesky[0]
    np.testing.assert_allclose(precision @ precision.T, inverse, rtol=1e-6)
    np.testing.assert_allclose(mixture.means[0], x.mean(axis=0))
    np.testing.assert_allclose(precision, np.triu(precision))


def test_weights_means_and_the_pooled_covariance():
    x, labels = rows(), np.arange(200) % 4 // 3  # 3 to 1
    x = x + labels[:, None] * 10.0
    mixture = implied_mixture(x, labels, 0.0)
    np.testing.assert_allclose(mixture.weights, [0.75, 0.25])
    within = sum(np.cov(x[labels == j].T, bias=True) * (labels == j).sum() for j in (0, 1)) / 200
    precision = mixture.precisions_cholesky[0]
    np.testing.assert_allclose(precision @ precision.T, np.linalg.inv(within), rtol=1e-6)


def test_noise_may_lie_anywhere():
    x = rows()
    labels = np.where(np.arange(200) < 40, -1, np.arange(200) % 2)
    mixture = implied_mixture(x, labels, 1e-3)
    assert len(mixture.weights) == 3
    assert mixture.weights.sum() == pytest.approx(1.0)
    assert mixture.weights[2] == pytest.approx(0.2)
    only = implied_mixture(x, np.full(200, -1), 1e-3)
    np.testing.assert_allclose(
        mixture_log_likelihood(only, x), mixture_log_likelihood(implied_mixture(x, labels * 0, 1e-3), x)
    )


def test_one_row_has_a_density():
    assert np.isfinite(
        mixture_log_likelihood(
            implied_mixture(np.ones((1, 2)), np.zeros(1, int), 1e-3), rows(5, 2 + 1)[:, :2]
        )
    ).all()


def test_parameters_are_those_of_the_tied_mixture_and_of_noise():
    assert implied_n_parameters(4, 3, False) == gmm_n_parameters(4, 3, "tied")
    # noise: its mean, its covariance, and its weight
    assert implied_n_parameters(4, 3, True) == gmm_n_parameters(4, 3, "tied") + 3 + 6 + 1
