"""Draws from a mixture have its weights, means and covariances."""

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from models.clustering.clusterers import COVARIANCE_TYPES
from models.clustering.rules.mixture import (
    from_scikit_learn,
    mixture_log_likelihood,
    mixture_posterior,
    sample,
    spherical_mixture,
)
from tests.bounds import of_mean, of_share


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_draws_are_distributed_as_the_mixture_says(covariance_type):
    generator = np.random.default_rng(0)
    skew = np.array([[1.0, 0.8], [0.0, 0.5]])
    rows = np.concatenate(
        [generator.standard_normal((300, 2)) @ skew, generator.standard_normal((100, 2)) + 9]
    )
    gmm = GaussianMixture(2, covariance_type=covariance_type, random_state=0).fit(rows)
    mixture = from_scikit_learn(gmm)
    drawn = sample(mixture, 40_000, 1)
    component = mixture_posterior(mixture, drawn).argmax(axis=1)
    for j in range(2):
        mine = drawn[component == j]
        precision = mixture.precisions_cholesky[j] @ mixture.precisions_cholesky[j].T
        covariance = np.linalg.inv(precision)
        variance = np.diag(covariance).max()
        share = mixture.weights[j]
        assert len(mine) / len(drawn) == pytest.approx(share, rel=0, abs=of_share(share, len(drawn)))
        off = of_mean(np.sqrt(variance), len(mine))
        np.testing.assert_allclose(mine.mean(axis=0), mixture.means[j], rtol=0, atol=off)
        # The square of a normal number has a deviation of sqrt(2) times its variance.
        off = of_mean(np.sqrt(2) * variance, len(mine))
        np.testing.assert_allclose(np.cov(mine.T), covariance, rtol=0, atol=off)
    told = mixture_log_likelihood(mixture, drawn)
    off = of_mean(told.std() * np.sqrt(2), len(drawn))  # both are means of as many draws
    assert told.mean() == pytest.approx(gmm.score(gmm.sample(40_000)[0]), rel=0, abs=off)


def test_draws_come_in_no_order_and_by_the_seed():
    mixture = spherical_mixture(np.array([[0.0], [100.0]]), 1.0)
    drawn = sample(mixture, 1000, 3)[:, 0] > 50
    assert 200 < (drawn[1:] != drawn[:-1]).sum() < 800
    np.testing.assert_array_equal(sample(mixture, 5, 3), sample(mixture, 5, 3))
    assert sample(mixture, 0).shape == (0, 1)
    with pytest.raises(ValueError, match="received -1"):
        sample(mixture, -1)
