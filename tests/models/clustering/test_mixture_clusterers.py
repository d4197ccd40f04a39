"""k-means and mixtures: what they are, against scikit-learn's and against the papers."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from models.clustering.clusterers import CLUSTERERS, COVARIANCE_TYPES
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rules.mixture import (
    gmm_n_parameters,
    kmeans_n_parameters,
    mixture_log_likelihood,
    mixture_posterior,
    weighted_log_densities,
)
from tests.bounds import of_mean
from tests.models.planted import blobs as planted


@pytest.fixture(params=("kmeans", "minibatch_kmeans", "gmm"))
def build(request):
    return CLUSTERERS[request.param].build


def test_mixture_has_the_promised_shapes(build):
    x, _ = planted(d=3)
    mixture = build(4, 0).fit(x).rule_
    assert mixture.weights.shape == (4,)
    assert mixture.means.shape == (4, 3)
    assert mixture.precisions_cholesky.shape == (4, 3, 3)
    assert mixture.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(mixture.precisions_cholesky, np.triu(mixture.precisions_cholesky))


def test_confidence_of_a_mixture_is_the_largest_posterior(build):
    x, _ = planted(seed=1, spread=2.0)
    estimator = build(5, 0).fit(x)
    probabilities = mixture_posterior(estimator.rule_, x.astype(np.float64))
    np.testing.assert_array_equal(probabilities.argmax(axis=1), estimator.labels_)
    np.testing.assert_allclose(probabilities.max(axis=1), estimator.confidence_)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_density_integrates_to_one(build):
    x, _ = planted(n_clusters=2, n=60, d=1, spread=2.0)
    mixture = build(2, 0).fit(x).rule_
    line = np.linspace(-30, 30, 20001)[:, None]
    assert np.exp(mixture_log_likelihood(mixture, line)).sum() * 0.003 == pytest.approx(1.0, abs=1e-3)


def test_initial_means_are_used_and_checked(build):
    x, truth = planted()
    means = np.stack([x[truth == j].mean(axis=0) for j in range(4)])
    estimator = build(4, 0, initial_means=means).fit(x)
    # The means themselves, but of batches: the mean of rows of deviation 1, drawn as often as there are some.
    near = of_mean(1, 30) if estimator.get_params().get("mini_batch") else 1e-3
    np.testing.assert_allclose(estimator.rule_.means, means, rtol=1e-3, atol=near)
    with pytest.raises(ValueError, match="initial_means"):
        build(3, 0, initial_means=means).fit(x)


def test_bayesian_mixture_leaves_components_empty():
    x, truth = planted(n_clusters=4, n=400, d=4)
    estimator = CLUSTERERS["bayesian_gmm"].build(30, 0).fit(x)
    assert estimator.n_clusters_ == 4
    assert adjusted_rand_score(truth, estimator.labels_) > 0.99


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_is_scikit_learns(covariance_type):
    x, _ = planted(n_clusters=3, n=200, spread=1.5)
    estimator = CLUSTERERS["gmm"].build(3, 0, covariance_type=covariance_type).fit(x)
    mixture = estimator.rule_
    gmm = GaussianMixture(3, covariance_type=covariance_type)
    gmm.weights_, gmm.means_ = mixture.weights, mixture.means
    gmm.precisions_cholesky_ = {
        "full": mixture.precisions_cholesky,
        "tied": mixture.precisions_cholesky[0],
        "diag": np.diagonal(mixture.precisions_cholesky, axis1=1, axis2=2),
        "spherical": mixture.precisions_cholesky[:, 0, 0],
    }[covariance_type]
    wide = x.astype(np.float64)
    np.testing.assert_allclose(mixture_posterior(estimator.rule_, wide), gmm.predict_proba(wide), atol=1e-9)
    np.testing.assert_allclose(
        mixture_log_likelihood(estimator.rule_, wide), gmm.score_samples(wide), atol=1e-9
    )
    assert estimator.n_parameters_ == gmm._n_parameters()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_on_shared_rows_is_gmm_on_rows(covariance_type):
    x, _ = planted(n_clusters=3, n=200, spread=1.5)
    shared = SharedRows(x)
    for n_clusters in (2, 3, 3):
        plain = CLUSTERERS["gmm"].build(n_clusters, 0, covariance_type=covariance_type).fit(x)
        estimator = CLUSTERERS["gmm"].build(n_clusters, 0, covariance_type=covariance_type).fit(shared)
        np.testing.assert_array_equal(estimator.labels_, plain.labels_)
        np.testing.assert_array_equal(estimator.rule_.means, plain.rule_.means)
    assert len(shared.starts) == 2
    with pytest.raises(ValueError, match="Cannot make 300 clusters of n_samples=200 rows"):
        CLUSTERERS["gmm"].build(300, 0).fit(shared)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_reaches_scikit_learns_likelihood(covariance_type):
    x, _ = planted(n_clusters=4, n=300, seed=5, spread=3.0)
    estimator = CLUSTERERS["gmm"].build(4, 0, covariance_type=covariance_type, reg_covar=1e-6).fit(x)
    theirs = GaussianMixture(4, covariance_type=covariance_type, n_init=10, random_state=0).fit(x)
    assert mixture_log_likelihood(estimator.rule_, x.astype(np.float64)).mean() >= theirs.score(x) - 0.02


def test_kmeans_is_the_equal_weight_spherical_mixture():
    x, _ = planted(n_clusters=3, n=90)
    estimator = CLUSTERERS["kmeans"].build(3, 0).fit(x)
    mixture = estimator.rule_
    variance = estimator.inertia_ / x.size
    np.testing.assert_allclose(mixture.weights, 1 / 3)
    np.testing.assert_allclose(mixture.precisions_cholesky[1], np.eye(3) / np.sqrt(variance))
    squared = np.square(x[:, None] - mixture.means).sum(axis=2)
    expected = -squared / (2 * variance) - 1.5 * np.log(2 * np.pi * variance) - np.log(3)
    np.testing.assert_allclose(weighted_log_densities(mixture, x.astype(np.float64)), expected, rtol=1e-5)


def test_kmeans_counts_means_and_one_variance():
    assert kmeans_n_parameters(10, 2) == 21


def test_gmm_parameters_of_the_papers_mixture():
    # P4: n = 683, BIC - AIC = p (ln n - 2) = 267.1 gives p = 59: k = 10, full covariance, 2 dimensions.
    assert gmm_n_parameters(10, 2, "full") == 59
    assert 59 * (np.log(683) - 2) == pytest.approx(9652.4 - 9385.3, abs=0.1)  # each is printed to 0.05


def test_unknown_covariance_type_is_an_error():
    with pytest.raises(ValueError, match=r"Unknown covariance type 'round'. Expected one of: full"):
        CLUSTERERS["gmm"].build(2, 0, covariance_type="round").fit(planted()[0])
