"""One candidate and its evidence, those that are dropped, and which numbers of clusters are tried."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import pairwise_distances, silhouette_score
from sklearn.mixture import GaussianMixture

from components.evaluate.search import candidates
from components.evaluate.search.candidates import (
    density_of,
    evaluate,
    hopeless,
    n_parameters,
    parameters_of,
    separation,
    shares,
    silhouette_of,
)
from components.evaluate.search.criteria import Candidate
from components.evaluate.search.folds import build_kind, fitted_on, make_grid
from components.evaluate.search.grid import coarse_grid, halfway
from components.evaluate.search.implied_mixture import implied_mixture, implied_n_parameters
from components.evaluate.search.settings import SelectionSettings
from models.clustering.clusterers import CLUSTERERS
from models.clustering.rows import Rows
from models.clustering.rules.mixture import mixture_log_likelihood, mixture_posterior
from tests.models.planted import alike as planted

FIT = SelectionSettings(reg_covar=1e-3)


def grid_of(x):
    return make_grid(Rows(x, None), f"embedding({x.shape[1]})", 0)


def test_no_density_is_made_of_more_parameters_than_values(monkeypatch):
    # In as many dimensions as pixels it took minutes, and was thrown away.
    monkeypatch.setattr(candidates, "density_of", lambda *_: pytest.fail("a density was made"))
    grid = grid_of(planted(n=40, d=90)[0].astype(float))
    found = evaluate(grid, ("agglomerative", None), None, FIT)
    assert found.dropped is None
    assert found.cv_log_likelihood is None
    assert np.isfinite(found.silhouette)


def test_as_many_parameters_as_values_still_have_a_density(monkeypatch):
    x = planted(n=40, d=4)[0].astype(float)
    monkeypatch.setattr(candidates, "parameters_of", lambda *_: x.size)
    assert evaluate(grid_of(x), ("kmeans", None), 3, FIT).cv_log_likelihood is not None
    monkeypatch.setattr(candidates, "parameters_of", lambda *_: x.size + 1)
    assert evaluate(grid_of(x), ("kmeans", None), 3, FIT).cv_log_likelihood is None


def test_hopeless_candidates_are_dropped_with_a_reason():
    grid = grid_of(planted(n=40, d=8)[0].astype(float))
    assert "more than the 320 values" in evaluate(grid, ("gmm", "full"), 10, FIT).dropped
    assert "more than a fold's 32 rows" in evaluate(grid, ("kmeans", None), 35, FIT).dropped
    assert "takes 9 rows a component, a fold has 8" in evaluate(grid, ("gmm", "full"), 4, FIT).dropped
    kept = evaluate(grid, ("kmeans", None), 5, FIT)
    assert kept.dropped is None
    assert kept.cv_standard_error > 0


def test_criteria_are_their_formulas():
    """AIC, BIC, and ICL, which is BIC plus twice the entropy of the posteriors: groups that overlap cost."""
    x = np.random.default_rng(0).normal(size=(50, 2)) + np.repeat([[0.0, 0.0], [2.0, 0.0]], 25, axis=0)
    reference = GaussianMixture(2, covariance_type="tied", random_state=0, reg_covar=0.0).fit(x)
    found = evaluate(grid_of(x), ("gmm", "tied"), 2, SelectionSettings(reg_covar=1e-9))
    mixture = density_of(
        fitted_on(Rows(x, None), build_kind(("gmm", "tied"), 2, 0, SelectionSettings(reg_covar=1e-9))),
        x,
        1e-9,
    )
    posterior = mixture_posterior(mixture, x)
    total = mixture_log_likelihood(mixture, x).sum()
    entropy = -sum(p * np.log(p) for p in posterior.ravel() if p > 0)
    parameters = 2 * 2 + 3 + 1  # means, one covariance, one free weight
    assert found.n_parameters == parameters == reference._n_parameters()
    assert found.aic == pytest.approx(2 * parameters - 2 * total)
    assert found.bic == pytest.approx(parameters * np.log(50) - 2 * total)
    assert found.icl == pytest.approx(found.bic + 2 * entropy)
    assert entropy > 1  # else the sign of the entropy could not be told


def test_as_many_groups_as_a_fold_has_rows_are_not_hopeless():
    asked = Candidate("kmeans", None, 32, "embedding(8)", 40, 0)
    assert hopeless(asked, 8, 32) is None
    assert "32 clusters, more than a fold's 31 rows" in hopeless(asked, 8, 31)
    full = Candidate("gmm", "full", 4, "embedding(8)", 40, 320)
    assert hopeless(full, 8, 36) is None  # nine rows a component
    assert hopeless(full, 8, 35).endswith("a fold has 8")
    assert "321 parameters" in hopeless(replace(full, n_parameters=321), 8, 36)


def test_groups_far_apart_leave_no_doubt():
    x = np.concatenate([np.eye(3), np.eye(3) + 1e4])
    found = evaluate(grid_of(np.repeat(x, 8, axis=0)), ("gmm", "tied"), 2, FIT)
    assert found.icl == pytest.approx(found.bic)  # posteriors of exactly 0 have no entropy


def test_a_grouping_without_a_density_has_that_of_its_groups():
    x = planted(n=120, d=4)[0].astype(float)
    for kind in (("agglomerative", None), ("gmm", "tied")):
        estimator = fitted_on(Rows(x, None), build_kind(kind, 3, 0, FIT))
        own = estimator.rule_.density
        assert (own is None) == (kind[0] == "agglomerative")
        expected = implied_mixture(x, estimator.labels_, 1e-3) if own is None else own
        given, wanted = (mixture_log_likelihood(one, x) for one in (density_of(estimator, x, 1e-3), expected))
        np.testing.assert_array_equal(given, wanted)


def test_without_a_density_in_a_fold_nothing_is_cross_validated(monkeypatch):
    x = planted(n=120, d=4)[0].astype(float)
    real = candidates.parameters_of
    monkeypatch.setattr(
        candidates, "parameters_of", lambda one, d: real(one, d) if len(one.labels_) == len(x) else 10**6
    )
    found = evaluate(grid_of(x), ("kmeans", None), 3, FIT)
    assert found.dropped is None
    assert (found.bic, found.cv_log_likelihood) == (None, None)
    assert found.silhouette is not None


def test_what_finds_no_number_is_dropped_without_one(monkeypatch):
    grid = grid_of(planted(n=60, d=4)[0].astype(float))
    kept = evaluate(grid, ("kmeans", None), 3, FIT)
    assert 0 < kept.seconds < 600

    def refused(*_):
        raise ValueError("too far apart")

    monkeypatch.setattr(candidates, "fitted_on_fold", refused)
    found = evaluate(grid, ("hdbscan", None), None, FIT)
    assert (found.dropped, found.n_clusters, found.n_parameters) == ("too far apart", 0, 0)
    assert 0 < found.seconds < 600


def test_rows_in_no_group_are_a_component_more():
    x = planted(n=120, d=4)[0].astype(float)
    whole = evaluate(grid_of(x), ("agglomerative", None), 3, FIT)
    assert whole.n_parameters == implied_n_parameters(3, 4, False)
    assert n_parameters(build_kind(("agglomerative", None), 3, 0, FIT), 3, 4) == whole.n_parameters
    fitted = fitted_on(Rows(x, None), build_kind(("agglomerative", None), 3, 0, FIT))
    fitted.labels_[0] = -1
    assert parameters_of(fitted, 4) == implied_n_parameters(3, 4, True) > whole.n_parameters


def test_equal_faces_drop_and_do_not_crash():
    x = np.repeat(np.random.default_rng(0).normal(size=(3, 2)), 10, axis=0)
    grid = grid_of(x)
    assert "3 of them distinct" in evaluate(grid, ("kmeans", None), 5, FIT).dropped


def test_not_converged_is_dropped(monkeypatch):
    monkeypatch.setitem(CLUSTERERS, "kmeans", replace(CLUSTERERS["kmeans"], options={"max_iter": 1}))
    grid = grid_of(np.random.default_rng(0).normal(size=(60, 3)))
    assert evaluate(grid, ("kmeans", None), 6, FIT).dropped == "did not converge in 1 iterations"


@given(st.integers(1, 30), st.integers(0, 500))
def test_coarse_grid_rises_from_end_to_end(low, more):
    values = coarse_grid(low, low + more)
    assert values[0] == low
    assert values[-1] == low + more
    assert values == sorted(set(values))
    assert len(values) <= 22


@given(st.lists(st.integers(0, 4), min_size=3, max_size=30), st.integers(0, 999))
def test_silhouette_is_scikit_learns(labels, seed):
    labels = np.array(labels)
    x = np.random.default_rng(seed).normal(size=(len(labels), 3)).round(1)
    if 2 <= len(set(labels.tolist())) < len(labels):
        expected = silhouette_score(x, labels)
        assert silhouette_of(pairwise_distances(x), labels) == pytest.approx(expected, abs=1e-9)


def test_a_row_as_near_to_another_group_as_to_its_own_has_a_silhouette_of_zero():
    assert silhouette_of(np.zeros((4, 4)), np.array([0, 0, 1, 1])) == 0.0
    assert silhouette_of(np.ones((4, 4)) - np.eye(4), np.array([0, 0, 1, 1])) == 0.0


def test_halfway_closes_in():
    assert halfway([19, 28, 41], 28) == [23, 34]
    assert halfway([27, 28, 29], 28) == []
    assert halfway([28, 41], 41) == [34]
    assert halfway([400, 405, 410], 405) == []


def test_rows_in_no_group_are_counted_and_lie_alone_in_the_silhouette():
    """Four rows on a line at 0, 1, 10, 11, two more in no group: the figures by hand."""
    x = np.array([[0.0], [1.0], [10.0], [11.0], [5.0], [20.0]])
    labels = np.array([0, 0, 1, 1, -1, -1])
    assert shares(labels[:5]) == {"noise_share": 0.2, "largest_cluster_share": 0.4}
    assert shares(np.array([0, 0, 0, 1]))["largest_cluster_share"] == 0.75
    assert shares(np.zeros(3, int))["largest_cluster_share"] == 1.0
    assert shares(np.array([-1, -1])) == {"noise_share": 1.0, "largest_cluster_share": 0.0}
    found = separation(x, pairwise_distances(x), labels)
    # Own distance 1; nearest is the fifth row: 5, 4, 5 and 6 away.
    assert found["silhouette"] == pytest.approx((4 / 5 + 3 / 4 + 4 / 5 + 5 / 6 + 0 + 0) / 6)
    assert found["davies_bouldin"] == pytest.approx((0.5 + 0.5) / 10)
    # Between: 4 * 5^2 over k - 1 = 1; within: 4 * 0.5^2 over n - k = 2.
    assert found["calinski_harabasz"] == pytest.approx(100 / (1 / 2))


def test_separation_asks_for_two_groups_of_fewer_than_the_rows():
    x = np.array([[0.0], [1.0], [10.0], [12.0]])
    nothing = dict.fromkeys(("silhouette", "davies_bouldin", "calinski_harabasz"))
    for labels in ([0, 0, 0, 0], [0, 1, 2, 3], [-1, -1, -1, -1], [0, 1, -1, -1], [0, 0, -1, -1]):
        assert separation(x, pairwise_distances(x), np.array(labels)) == nothing
    assert None not in separation(x, pairwise_distances(x), np.array([0, 0, 1, 2])).values()
