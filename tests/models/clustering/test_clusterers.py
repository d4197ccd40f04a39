"""One contract over every entry of CLUSTERERS, and the rule for new points that each leaves behind."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.utils.estimator_checks import check_estimator

from models.clustering import partitions
from models.clustering.clusterers import CLUSTERERS, FINDS_NUMBER
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.partitions import MOST_ROWS
from models.clustering.rules.assignment import assign, rule_arrays, rule_from, rule_of, unknown_below
from models.clustering.rules.exemplars import Exemplars
from models.clustering.rules.mixture import (
    COVARIANCE_TYPES,
    Mixture,
    gmm_n_parameters,
    kmeans_n_parameters,
    mixture_log_likelihood,
    mixture_posterior,
    weighted_log_densities,
)
from models.clustering.rules.nearest_mean import Averages
from tests.bounds import of_mean

GIVEN = (
    *sorted(set(CLUSTERERS) - set(FINDS_NUMBER)),
    "agglomerative",
    "average_linkage",
)  # take a number of clusters
MIXTURES = ("kmeans", "minibatch_kmeans", "gmm")
# Settings by which a clusterer finds few groups in few rows; scikit-learn sets this preference too.
ON_FEW_ROWS = {
    "affinity_propagation": {"preference": -100},
    "hdbscan": {"min_cluster_size": 5},
    "chinese_whispers": {"threshold": None, "mode": "jaccard"},
    "infomap": {"threshold": None, "mode": "jaccard"},
}


def planted(n_clusters=4, n=120, d=3, seed=0, spread=20.0):
    generator = np.random.default_rng(seed)
    means = generator.normal(size=(n_clusters, d)) * spread
    truth = np.arange(n) % n_clusters
    return (means[truth] + generator.normal(size=(n, d))).astype(np.float32), truth


@pytest.fixture(params=sorted(CLUSTERERS))
def name(request):
    if request.param == "infomap":
        pytest.importorskip("infomap", reason="the extra infomap is not installed")
    return request.param


@pytest.fixture(params=sorted(set(GIVEN)))
def given_name(request):
    return request.param


@pytest.fixture(params=MIXTURES)
def build(request):
    return CLUSTERERS[request.param]


def estimator_of(name, n_clusters=4, **options):
    """The clusterer, told the number where it takes one."""
    return CLUSTERERS[name](n_clusters if name in GIVEN else None, 0, **options)


def test_scikit_learns_own_checks_pass(name):
    check_estimator(estimator_of(name, 3, **ON_FEW_ROWS.get(name, {})))


def test_finds_planted_clusters(name):
    x, truth = planted()
    estimator = estimator_of(name).fit(x)
    assert adjusted_rand_score(truth, estimator.labels_) > (0.95 if name in GIVEN else 0.3)
    assert estimator.n_clusters_ == len(set(estimator.labels_.tolist()) - {-1})
    assert estimator.converged_
    if name in GIVEN:
        assert estimator.n_clusters_ == 4


def test_labels_and_confidence_have_their_form(name):
    x, _ = planted(seed=1, spread=4.0)
    estimator = estimator_of(name, 5).fit(x)
    assert estimator.labels_.shape == estimator.confidence_.shape == (len(x),)
    assert estimator.labels_.dtype == np.int64
    assert set(estimator.labels_.tolist()) - {-1} == set(range(estimator.n_clusters_))
    inside = estimator.labels_ >= 0
    assert ((estimator.confidence_ >= 0) & (estimator.confidence_ <= 1)).all()
    assert (estimator.confidence_[inside] > 0).all()
    assert (estimator.confidence_[~inside] == 0).all()


def test_a_fitted_row_is_told_as_it_was_fitted(name):
    x, _ = planted(seed=1, spread=4.0)
    estimator = estimator_of(name, 5).fit(x)
    if name == "average_linkage":  # where groups overlap a row may be more like another's mean
        assert (estimator.predict(x) == estimator.labels_).mean() > 0.8
        x, _ = planted(seed=1, d=32)
        estimator = estimator_of(name).fit(x)
    np.testing.assert_array_equal(estimator.predict(x), estimator.labels_)


def test_new_points_go_to_the_group_that_they_lie_in(name):
    x, truth = planted(n=240)
    estimator = estimator_of(name).fit(x[:200])
    found = estimator.predict(x[200:])
    assert adjusted_rand_score(truth[200:], found) > (0.9 if name in GIVEN else 0.2)


def test_the_rule_survives_a_file(name, tmp_path):
    x, _ = planted()
    rule = rule_of(estimator_of(name).fit(x))
    kind = Mixture if name in (*MIXTURES, "bayesian_gmm") else Exemplars
    assert isinstance(rule, Averages if name == "average_linkage" else kind)
    np.savez(tmp_path / "rule.npz", other=1, **rule_arrays(rule))
    with np.load(tmp_path / "rule.npz") as arrays:
        again = rule_from(arrays)
    for before, after in zip(vars(assign(rule, x)).values(), vars(assign(again, x)).values(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_about_one_in_a_hundred_fitted_rows_is_unknown(name):
    x, _ = planted(n=400)
    estimator = estimator_of(name).fit(x)
    rule = rule_of(estimator)
    below = unknown_below(rule, x, estimator.labels_)
    inside = estimator.labels_ >= 0
    assert (assign(rule, x[inside]).familiarity < below).mean() <= 0.02
    assert (assign(rule, x + 1000.0).familiarity < below).all()


def test_same_random_state_same_labels(name):
    x, _ = planted(seed=2, spread=1.0)
    first, second = (estimator_of(name, 6).fit(x).labels_ for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_can_be_cloned(name):
    x, _ = planted()
    estimator = estimator_of(name)
    np.testing.assert_array_equal(clone(estimator).fit(x).labels_, estimator.fit(x).labels_)


def test_one_row_is_one_answer_or_a_clear_error(name):
    row = np.array([[1.0, 2.0]])
    if name in ("gmm", "bayesian_gmm"):
        with pytest.raises(ValueError, match="needs 2 rows, received n_samples=1"):
            estimator_of(name, 1).fit(row)
        return
    assert estimator_of(name, 1).fit(row).labels_.tolist() in ([0], [-1])


def test_equal_rows_make_one_cluster(name):
    x = np.ones((10, 3))
    assert estimator_of(name, 1).fit(x).labels_.tolist() == [0] * 10


def test_equal_rows_do_not_make_two(given_name):
    with pytest.raises(ValueError, match="2 clusters of n_samples=10 rows, 1 of them distinct"):
        CLUSTERERS[given_name](2, 0).fit(np.ones((10, 3)))


def test_one_huge_cluster_and_a_few_rows_apart(name):
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(size=(600, 4)), generator.normal(size=(6, 4)) + 60])
    labels = estimator_of(name, 2).fit(x).labels_
    assert labels.shape == (606,)
    # Six rows are fewer than a row's neighbours in the graphs, and seldom in a batch.
    if name not in ("spectral", "infomap", "minibatch_kmeans"):
        assert not set(labels[:600].tolist()) & (set(labels[600:].tolist()) - {-1})


def test_two_rows(name):
    labels = estimator_of(name, 2).fit(np.array([[0.0, 0.0], [9.0, 1.0]])).labels_
    assert labels.shape == (2,)


def test_fewer_rows_than_clusters_is_an_error(given_name):
    with pytest.raises(ValueError, match="Cannot make 9 clusters of n_samples=5 rows"):
        CLUSTERERS[given_name](9, 0).fit(np.random.default_rng(0).normal(size=(5, 2)))


def test_as_many_clusters_as_rows(given_name):
    x, _ = planted(n=6)
    assert sorted(CLUSTERERS[given_name](6, 0).fit(x).labels_.tolist()) == list(range(6))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_not_finite_is_an_error_that_names_the_row(name, bad):
    x, _ = planted()
    x[7, 1] = bad
    with pytest.raises(ValueError, match="1 of 120 rows hold NaN or infinity, the first is row 7"):
        estimator_of(name, 2).fit(x)


@pytest.mark.parametrize("shape", [(0, 3), (5, 0), (5,)])
def test_wrong_shapes_are_errors(name, shape):
    with pytest.raises(ValueError, match="Found array with 0|Expected 2D array"):
        estimator_of(name, 1).fit(np.zeros(shape))


def test_other_dimension_is_an_error(name):
    x, _ = planted(d=3)
    with pytest.raises(ValueError, match="expecting 3 features"):
        estimator_of(name, 2).fit(x).predict(x[:, :2])


def test_unfitted_is_an_error(name):
    with pytest.raises(NotFittedError, match="not fitted"):
        estimator_of(name, 2).predict(np.zeros((3, 2)))


def test_no_cluster_is_an_error(given_name):
    with pytest.raises(ValueError, match="at least 1"):
        CLUSTERERS[given_name](0, 0).fit(np.zeros((3, 2)))


@pytest.mark.parametrize("name", sorted(MOST_ROWS))
def test_quadratic_ones_refuse_what_they_cannot_carry(name, monkeypatch):
    monkeypatch.setitem(MOST_ROWS, name, 50)
    with pytest.raises(ValueError, match=f"{name} .* at most 50 rows, received 120. Use hdbscan"):
        estimator_of(name).fit(planted()[0])


def test_unknown_methods_and_linkages_are_errors():
    from models.clustering.partition_clusterer import PartitionClusterer

    with pytest.raises(ValueError, match="Unknown method 'kmodes'"):
        PartitionClusterer("kmodes").fit(planted()[0])
    with pytest.raises(ValueError, match="Unknown linkage 'single'"):
        CLUSTERERS["agglomerative"](3, 0, linkage="single").fit(planted()[0])


def test_mixture_has_the_promised_shapes(build):
    x, _ = planted(d=3)
    mixture = build(4, 0).fit(x).mixture_
    assert mixture.weights.shape == (4,)
    assert mixture.means.shape == (4, 3)
    assert mixture.precisions_cholesky.shape == (4, 3, 3)
    assert mixture.weights.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(mixture.precisions_cholesky, np.triu(mixture.precisions_cholesky))


def test_confidence_of_a_mixture_is_the_largest_posterior(build):
    x, _ = planted(seed=1, spread=2.0)
    estimator = build(5, 0).fit(x)
    probabilities = mixture_posterior(estimator.mixture_, x.astype(np.float64))
    np.testing.assert_array_equal(probabilities.argmax(axis=1), estimator.labels_)
    np.testing.assert_allclose(probabilities.max(axis=1), estimator.confidence_)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)


def test_density_integrates_to_one(build):
    x, _ = planted(n_clusters=2, n=60, d=1, spread=2.0)
    mixture = build(2, 0).fit(x).mixture_
    line = np.linspace(-30, 30, 20001)[:, None]
    assert np.exp(mixture_log_likelihood(mixture, line)).sum() * 0.003 == pytest.approx(1.0, abs=1e-3)


def test_initial_means_are_used_and_checked(build):
    x, truth = planted()
    means = np.stack([x[truth == j].mean(axis=0) for j in range(4)])
    estimator = build(4, 0, initial_means=means).fit(x)
    # The means themselves, but of batches: the mean of rows of deviation 1, drawn as often as there are some.
    near = of_mean(1, 30) if estimator.get_params().get("mini_batch") else 1e-3
    np.testing.assert_allclose(estimator.mixture_.means, means, rtol=1e-3, atol=near)
    with pytest.raises(ValueError, match="initial_means"):
        build(3, 0, initial_means=means).fit(x)


def test_bayesian_mixture_leaves_components_empty():
    x, truth = planted(n_clusters=4, n=400, d=4)
    estimator = CLUSTERERS["bayesian_gmm"](30, 0).fit(x)
    assert estimator.n_clusters_ == 4
    assert adjusted_rand_score(truth, estimator.labels_) > 0.99


def test_dbscan_beyond_its_matrix_finds_the_same_groups(monkeypatch):
    x, _ = planted(n_clusters=6, n=200, d=8)
    whole = CLUSTERERS["dbscan"](None, 0, eps=4.0).fit(x)
    monkeypatch.setattr(partitions, "EXACT_ROWS", 100)
    graph = CLUSTERERS["dbscan"](None, 0, eps=4.0).fit(x)
    assert whole.n_clusters_ == 6
    np.testing.assert_array_equal(graph.labels_, whole.labels_)
    np.testing.assert_array_equal(graph.exemplars_.index, whole.exemplars_.index)


def test_dbscan_takes_no_point_from_beyond_its_reach():
    x, _ = planted(n_clusters=2, n=200, d=2)
    estimator = CLUSTERERS["dbscan"](None, 0, eps=1.5).fit(x)
    assert estimator.exemplars_.reach == 1.5
    core = estimator.exemplars_.rows[:1]
    assert estimator.predict(core + 1.0) == estimator.exemplars_.clusters[:1]
    assert estimator.predict(core + 5000.0).tolist() == [-1]


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
    np.testing.assert_allclose(
        mixture_posterior(estimator.mixture_, wide), gmm.predict_proba(wide), atol=1e-9
    )
    np.testing.assert_allclose(
        mixture_log_likelihood(estimator.mixture_, wide), gmm.score_samples(wide), atol=1e-9
    )
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
    with pytest.raises(ValueError, match="Cannot make 300 clusters of n_samples=200 rows"):
        CLUSTERERS["gmm"](300, 0).fit(shared)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_gmm_reaches_scikit_learns_likelihood(covariance_type):
    x, _ = planted(n_clusters=4, n=300, seed=5, spread=3.0)
    estimator = CLUSTERERS["gmm"](4, 0, covariance_type=covariance_type, reg_covar=1e-6).fit(x)
    theirs = GaussianMixture(4, covariance_type=covariance_type, n_init=10, random_state=0).fit(x)
    assert mixture_log_likelihood(estimator.mixture_, x.astype(np.float64)).mean() >= theirs.score(x) - 0.02


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
    assert 59 * (np.log(683) - 2) == pytest.approx(9652.4 - 9385.3, abs=0.1)  # each is printed to 0.05


def test_unknown_covariance_type_is_an_error():
    with pytest.raises(ValueError, match=r"Unknown covariance type 'round'. Expected one of: full"):
        CLUSTERERS["gmm"](2, 0, covariance_type="round").fit(planted()[0])
