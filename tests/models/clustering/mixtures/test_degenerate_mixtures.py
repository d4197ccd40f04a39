"""Where expectation-maximisation ends: degenerate rows, dead components, and what is refused."""

import numpy as np
import pytest

from models.clustering.clusterers import COVARIANCE_TYPES
from models.clustering.mixtures.expectation_maximization import EMSettings, fit_mixture, refit_mixture
from models.clustering.rules.mixture import Mixture, mixture_posterior
from tests.models.clustering.mixtures.test_expectation_maximization import left_by_float32, near
from tests.models.planted import shaped as planted


@pytest.fixture(params=COVARIANCE_TYPES)
def kind(request):
    return request.param


def test_a_component_without_rows_is_dead_and_stays_so(kind):
    x, truth = planted(n_components=2)
    two = fit_mixture(x, truth, kind)
    far = np.vstack([two.mixture.means, np.full((1, 5), 1e3)])
    cholesky = np.concatenate([two.mixture.precisions_cholesky, two.mixture.precisions_cholesky[:1]])
    start = Mixture(np.append(two.mixture.weights * 0.9, 0.1), far, cholesky, kind)
    fitted = refit_mixture(x, start, kind)
    assert fitted.n_dead == 1
    assert fitted.mixture.weights[2] == 0
    np.testing.assert_allclose(fitted.mixture.means[2], 1e3)
    np.testing.assert_allclose(fitted.mixture.weights.sum(), 1)
    both_may_gain = 2 * EMSettings().tol
    assert fitted.mean_log_likelihood == near(two.mean_log_likelihood, both_may_gain)
    assert mixture_posterior(fitted.mixture, x).argmax(axis=1).max() == 1


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])
def test_singular_without_reg_covar_is_an_error(covariance_type):
    x, truth = planted()
    x[:, 2] = 7.0
    with pytest.raises(ValueError, match="singular with reg_covar = 0"):
        fit_mixture(x, truth, covariance_type, EMSettings(reg_covar=0))


def test_equal_rows_and_one_row_are_valid(kind):
    for rows in (np.ones((6, 2)), np.ones((1, 2))):
        fitted = fit_mixture(rows, np.zeros(len(rows), int), kind, EMSettings(reg_covar=0.5))
        assert fitted.mean_log_likelihood == pytest.approx(-np.log(2 * np.pi) - np.log(0.5))


def test_duplicated_rows_count_twice(kind):
    x, truth = planted()
    once, twice = fit_mixture(x, truth, kind), fit_mixture(np.tile(x, (2, 1)), np.tile(truth, 2), kind)
    bound = left_by_float32(x, truth, kind, EMSettings()).max()
    np.testing.assert_allclose(
        twice.mixture.means, once.mixture.means, rtol=0, atol=bound * np.ptp(x, axis=0).max()
    )
    assert twice.mean_log_likelihood == near(once.mean_log_likelihood, bound)


def test_max_iter_is_kept():
    x, truth = planted(spread=0.5)
    fitted = fit_mixture(x, np.roll(truth, 1), "full", EMSettings(max_iter=3, tol=0))
    assert (fitted.converged, fitted.n_iter) == (False, 3)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([0, 0, 2, 2]), "leave a component without rows"),
        (np.array([0, 1, 2, 4]), "leave a component without rows"),
        (np.array([0, 1, 2, 9]), "labels up to 9 of 4 rows"),
        (np.array([0, 1, 2]), r"labels of shape \(4,\)"),
        (np.array([0.0, 1, 2, 3]), "dtype float64"),
        (np.array([-1, 0, 1, 2]), "integers from 0"),
    ],
)
def test_wrong_labels_are_errors(labels, words):
    with pytest.raises(ValueError, match=words):
        fit_mixture(np.random.default_rng(0).normal(size=(4, 2)), labels)


def test_a_mixture_of_another_kind_is_no_start():
    x, truth = planted()
    start = fit_mixture(x, truth, "tied").mixture
    with pytest.raises(ValueError, match="covariance type 'full' in 5 dimensions, received 'tied' in 5"):
        refit_mixture(x, start, "full")
    with pytest.raises(ValueError, match="'tied' in 4 dimensions, received 'tied' in 5"):
        refit_mixture(x[:, :4], start, "tied")


def test_unknown_covariance_type_is_an_error():
    x, truth = planted()
    with pytest.raises(ValueError, match="Unknown covariance type 'round'. Expected one of: full"):
        fit_mixture(x, truth, "round")


@pytest.mark.parametrize("bad", [np.zeros((0, 2)), np.zeros(3), np.array([[np.nan, 1.0]])])
def test_wrong_rows_are_errors(bad):
    with pytest.raises(ValueError, match="Expected"):
        fit_mixture(bad, np.zeros(len(bad), int))


@pytest.mark.parametrize(
    "change", [{"reg_covar": -1}, {"max_iter": 0}, {"tol": -1e-3}, {"relaxation": 0.9}, {"relaxation": 2.0}]
)
def test_settings_out_of_range_are_errors(change):
    with pytest.raises(ValueError, match=f"{next(iter(change))}: expected at least"):
        EMSettings(**change)
