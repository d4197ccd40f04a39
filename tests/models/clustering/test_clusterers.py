"""One contract over every entry of CLUSTERERS, and the rule for new points that each leaves behind."""

import inspect
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import check_estimator

from models.clustering.clusterers import CLUSTERERS
from models.clustering.rules.assignment import rule_from, unknown_below
from tests.models.planted import blobs as planted

# Keep to the number of clusters that they are told.
GIVEN = [name for name, entry in CLUSTERERS.items() if entry.takes_number and name != "bayesian_gmm"]
MIXTURES = ("kmeans", "minibatch_kmeans", "gmm", "bayesian_gmm")
OTHER_RULES = {
    "average_linkage": "averages",
    "people": "people",
    "csc": "exemplar_columns",
    "softmax": "largest_logit",
}
# Settings by which a clusterer finds few groups in few rows; scikit-learn sets this preference too.
ON_FEW_ROWS = {
    "affinity_propagation": {"preference": -100},
    "hdbscan": {"min_cluster_size": 5},
    "chinese_whispers": {"threshold": None, "mode": "jaccard"},
    "infomap": {"threshold": None, "mode": "jaccard"},
}


@pytest.fixture(params=sorted(CLUSTERERS))
def name(request):
    if request.param == "infomap":
        pytest.importorskip("infomap", reason="the extra infomap is not installed")
    return request.param


@pytest.fixture(params=sorted(GIVEN))
def given_name(request):
    return request.param


def estimator_of(name, n_clusters=4, **options):
    """The clusterer, told the number where it takes one."""
    return CLUSTERERS[name].build(n_clusters if name in GIVEN else None, 0, **options)


def test_the_table_is_read_without_what_it_names():
    code = (
        "import sys, models.clustering.clusterers, components.evaluate.search.settings, components.bless.rules;"
        "print(*sorted({'numpy', 'scipy', 'sklearn', 'tensorflow', 'keras', 'tfx'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == ""


def test_the_facts_of_an_entry_are_those_of_its_class(name):
    entry = CLUSTERERS[name]
    settings = inspect.signature(entry.load()).parameters
    assert entry.takes_number == ("n_clusters" in settings)
    assert ("reg_covar" in entry.settings) == ("reg_covar" in settings)
    assert {
        *entry.settings,
        *entry.of_network,
        *entry.options,
        *([entry.starts_from] if entry.starts_from else []),
    } <= set(settings)
    assert entry.finds_number or entry.takes_number
    for variant, options in entry.variants.items():
        x, _ = planted(n=60)
        number = None if variant in entry.finds_number else 4
        estimator = entry.build(number, 0, **options).fit(x, groups=np.arange(60))
        assert estimator.n_clusters_ >= 1
        own = estimator.n_parameters(estimator.n_clusters_, 3)
        assert own == getattr(estimator, "n_parameters_", None)
        assert (own is None) == (estimator.rule_.density is None)


def test_faces_of_one_photo_are_kept_apart_by_who_can(name):
    x, truth = planted(n=60, d=16)
    blind, told = estimator_of(name).fit(x).labels_, estimator_of(name).fit(x, groups=truth).labels_
    if name != "average_linkage":
        np.testing.assert_array_equal(told, blind)
        return
    finding = CLUSTERERS[name].build(None, 0).fit(x, groups=truth)
    for photo in range(4):  # every group is one photo: all its faces are of different people
        assert len(set(finding.labels_[truth == photo].tolist())) == (truth == photo).sum()


def test_photos_of_other_rows_are_an_error():
    with pytest.raises(ValueError, match=r"photo of each of 120 rows, shape \(120,\); received shape \(7,\)"):
        CLUSTERERS["average_linkage"].build(None, 0).fit(planted()[0], groups=np.arange(7))


def test_scikit_learns_own_checks_pass(name):
    estimator = estimator_of(name, 3, **ON_FEW_ROWS.get(name, {}))
    for one, check in check_estimator(estimator, generate_only=True):
        # Its rows are the blobs of scikit-learn: `softmax` groups by logits, and they have none.
        if name != "softmax" or check.func.__name__ != "check_clustering":
            check(one)


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
    rule = estimator_of(name).fit(x).rule_
    kind = "mixture" if name in MIXTURES else "exemplars"
    assert rule.kind == OTHER_RULES.get(name, kind)
    assert (rule.density is None) == (name not in MIXTURES)
    np.savez(tmp_path / "rule.npz", other=1, **rule.arrays())
    with np.load(tmp_path / "rule.npz") as arrays:
        again = rule_from(arrays)
    for before, after in zip(vars(rule.assign(x)).values(), vars(again.assign(x)).values(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_about_one_in_a_hundred_fitted_rows_is_unknown(name):
    x, _ = planted(n=400)
    estimator = estimator_of(name).fit(x)
    rule = estimator.rule_
    below = unknown_below(rule, x, estimator.labels_)
    inside = estimator.labels_ >= 0
    assert (rule.assign(x[inside]).familiarity < below).mean() <= 0.02
    assert (rule.assign(x + 1000.0).familiarity < below).all()


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
        CLUSTERERS[given_name].build(2, 0).fit(np.ones((10, 3)))


def test_one_huge_cluster_and_a_few_rows_apart(name):
    generator = np.random.default_rng(0)
    x = np.concatenate([generator.normal(size=(600, 4)), generator.normal(size=(6, 4)) + 60])
    labels = estimator_of(name, 2).fit(x).labels_
    assert labels.shape == (606,)
    # Six rows are fewer than a row's neighbours in the graphs, and seldom in a batch. `people` goes by the
    # direction alone, in which the six are not apart, and `softmax` by the largest number.
    if name not in ("infomap", "minibatch_kmeans", "people", "softmax"):
        assert not set(labels[:600].tolist()) & (set(labels[600:].tolist()) - {-1})


def test_two_rows(name):
    labels = estimator_of(name, 2).fit(np.array([[0.0, 0.0], [9.0, 1.0]])).labels_
    assert labels.shape == (2,)


def test_fewer_rows_than_clusters_is_an_error(given_name):
    with pytest.raises(ValueError, match="Cannot make 9 clusters of n_samples=5 rows"):
        CLUSTERERS[given_name].build(9, 0).fit(np.random.default_rng(0).normal(size=(5, 2)))


def test_as_many_clusters_as_rows(given_name):
    x, _ = planted(n=6)
    assert sorted(CLUSTERERS[given_name].build(6, 0).fit(x).labels_.tolist()) == list(range(6))


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
        CLUSTERERS[given_name].build(0, 0).fit(np.zeros((3, 2)))


@pytest.mark.parametrize("name", sorted(name for name, entry in CLUSTERERS.items() if entry.most_rows))
def test_quadratic_ones_refuse_what_they_cannot_carry(name, monkeypatch):
    monkeypatch.setitem(CLUSTERERS, name, replace(CLUSTERERS[name], most_rows=50))
    with pytest.raises(ValueError, match=f"{name} .* at most 50 rows, received 120. Use hdbscan"):
        estimator_of(name).fit(planted()[0])


def test_unknown_linkages_are_errors():
    with pytest.raises(ValueError, match="Unknown linkage 'single'"):
        CLUSTERERS["agglomerative"].build(3, 0, linkage="single").fit(planted()[0])
