"""One contract over every entry of CLUSTERERS, and the mixture that each leaves behind."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from models.clusterers import CLUSTERERS, log_likelihood, mixture_parameters, posterior
from models.mixture import COVARIANCE_TYPES, gmm_n_parameters, kmeans_n_parameters, weighted_log_densities
from models.shared_rows import SharedRows


def planted(n_clusters=4, n=120, d=3, seed=0, spread=20.0):
    generator = np.random.default_rng(seed)
    means = generator.normal(size=(n_clusters, d)) * spread
    truth = np.arange(n) % n_clusters
    return (means[truth] + generator.normal(size=(n, d))).astype(np.float32), truth


@pytest.fixture(params=sorted(CLUSTERERS))
def build(request):
    return CLUSTERERS[request.param]


def test_finds_planted_clusters(build):
    x, truth = planted()
    estimator = build(4, 0).fit(x)
    assert adjusted_rand_score(truth, estimator.labels_) > 0.95
    assert estimator.n_clusters_ == 4
    assert estimator.converged_


def test_labels_predict_and_posterior_agree(build):
    x, _ = planted(seed=1, spread=2.0)
    estimator = build(5, 0).fit(x)
    probabilities = posterior(estimator, x)
    assert estimator.labels_.shape == (len(x),)
    np.testing.assert_array_equal(estimator.labels_, estimator.predict(x))
    np.testing.assert_array_equal(probabilities.argmax(axis=1), estimator.labels_)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_mixture_has_the_promised_shapes(build):
    x, _ = planted(d=3)
    mixture = mixture_parameters(build(4, 0).fit(x))
    assert mixture.weights.shape == (4,)
    assert mixture.means.shape == (4, 3)
    assert mixture.precisions_cholesky.shape == (4, 3, 3)
    assert mixture.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(mixture.precisions_cholesky, np.triu(mixture.precisions_cholesky))


def test_density_integrates_to_one(build):
    x, _ = planted(n_clusters=2, n=60, d=1, spread=2.0)
    estimator = build(2, 0).fit(x)
    line = np.linspace(-30, 30, 20001)[:, None]
    assert np.exp(log_likelihood(estimator, line)).sum() * 0.003 == pytest.approx(1.0, abs=1e-3)


def test_same_random_state_same_labels(build):
    x, _ = planted(seed=2, spread=1.0)
    np.testing.assert_array_equal(build(6, 3).fit(x).labels_, build(6, 3).fit(x).labels_)


def test_can_be_cloned(build):
    x, _ = planted()
    estimator = build(4, 0)
    np.testing.assert_array_equal(clone(estimator).fit(x).labels_, estimator.fit(x).labels_)


def test_one_row_is_one_cluster_of_kmeans():
    row = np.array([[1.0, 2.0]])
    estimator = CLUSTERERS["kmeans"](1, 0).fit(row)
    assert estimator.labels_.tolist() == [0]
    assert np.isfinite(log_likelihood(estimator, row)).all()


def test_one_row_is_no_mixture():
    with pytest.raises(ValueError, match="at least 2 rows, received 1"):
        CLUSTERERS["gmm"](1, 0).fit(np.array([[1.0, 2.0]]))


def test_equal_rows_make_one_cluster(build):
    x = np.ones((10, 3))
    assert build(1, 0).fit(x).labels_.tolist() == [0] * 10
    with pytest.raises(ValueError, match="2 clusters of 10 rows, 1 of them distinct"):
        build(2, 0).fit(x)


def test_fewer_rows_than_clusters_is_an_error(build):
    with pytest.raises(ValueError, match="Cannot make 9 clusters of 5 rows"):
        build(9, 0).fit(np.random.default_rng(0).normal(size=(5, 2)))


def test_as_many_clusters_as_rows(build):
    x, _ = planted(n=6)
    assert sorted(build(6, 0).fit(x).labels_.tolist()) == list(range(6))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_is_an_error_that_names_the_row(build, bad):
    x, _ = planted()
    x[7, 1] = bad
    with pytest.raises(ValueError, match="1 of 120 rows hold NaN or infinity, the first is row 7"):
        build(2, 0).fit(x)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (5,)])
def test_wrong_shapes_are_errors(build, shape):
    with pytest.raises(ValueError, match="Expected rows of shape"):
        build(1, 0).fit(np.zeros(shape))


def test_other_dimension_is_an_error(build):
    x, _ = planted(d=3)
    with pytest.raises(ValueError, match=r"shape \(n, 3\)"):
        build(2, 0).fit(x).predict(x[:, :2])


def test_unfitted_is_an_error(build):
    with pytest.raises(NotFittedError, match="Call fit"):
        posterior(build(2, 0), np.zeros((3, 2)))


def test_no_cluster_is_an_error(build):
    with pytest.raises(ValueError, match="at least 1"):
        build(0, 0).fit(np.zeros((3, 2)))


def test_initial_means_are_used_and_checked(build):
    x, truth = planted()
    means = np.stack([x[truth == j].mean(axis=0) for j in range(4)])
    estimator = build(4, 0, initial_means=means).fit(x)
    np.testing.assert_allclose(mixture_parameters(estimator).means, means, rtol=1e-3)
    with pytest.raises(ValueError, match="initial_means"):
        build(3, 0, initial_means=means).fit(x)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_is_scikit_learns(covariance_type):
    x, _ = planted(n_clusters=3, n=200, spread=1.5)
    estimator = CLUSTERERS["gmm"](3, 0, covariance_type=covariance_type).fit(x)
    mixture = estimator.mixture_
    gmm = GaussianMixture(3, covariance_type=covariance_type)
    gmm.weights_, gmm.means_ = mixture.weights, mixture.means
    gmm.precisions_cholesky_ = {
        "full": mixture.precisions_cholesky,
        "tied": mixture.precisions_cholesky[0],
        "diag": np.diagonal(mixture.precisions_cholesky, axis1=1, axis2=2),
        "spherical": mixture.precisions_cholesky[:, 0, 0],
    }[covariance_type]
    wide = x.astype(np.float64)
    np.testing.assert_allclose(posterior(estimator, x), gmm.predict_proba(wide), atol=1e-9)
    np.testing.assert_allclose(log_likelihood(estimator, x), gmm.score_samples(wide), atol=1e-9)
    assert estimator.n_parameters_ == gmm._n_parameters()


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_on_shared_rows_is_gmm_on_rows(covariance_type):
    x, _ = planted(n_clusters=3, n=200, spread=1.5)
    shared = SharedRows(x)
    for n_clusters in (2, 3, 3):
        plain = CLUSTERERS["gmm"](n_clusters, 0, covariance_type=covariance_type).fit(x)
        estimator = CLUSTERERS["gmm"](n_clusters, 0, covariance_type=covariance_type).fit(shared)
        np.testing.assert_array_equal(estimator.labels_, plain.labels_)
        np.testing.assert_array_equal(estimator.mixture_.means, plain.mixture_.means)
    assert len(shared.starts) == 2
    with pytest.raises(ValueError, match="Cannot make 300 clusters of 200 rows"):
        CLUSTERERS["gmm"](300, 0).fit(shared)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_reaches_scikit_learns_likelihood(covariance_type):
    x, _ = planted(n_clusters=4, n=300, seed=5, spread=3.0)
    estimator = CLUSTERERS["gmm"](4, 0, covariance_type=covariance_type, reg_covar=1e-6).fit(x)
    theirs = GaussianMixture(4, covariance_type=covariance_type, n_init=10, random_state=0).fit(x)
    assert log_likelihood(estimator, x).mean() >= theirs.score(x) - 0.02


def test_kmeans_is_the_equal_weight_spherical_mixture():
    x, _ = planted(n_clusters=3, n=90)
    estimator = CLUSTERERS["kmeans"](3, 0).fit(x)
    mixture = estimator.mixture_
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
    assert 59 * (np.log(683) - 2) == pytest.approx(9652.4 - 9385.3, abs=0.2)


def test_unknown_covariance_type_is_an_error():
    with pytest.raises(ValueError, match=r"Unknown covariance type 'round'. Expected one of: full"):
        CLUSTERERS["gmm"](2, 0, covariance_type="round").fit(planted()[0])
