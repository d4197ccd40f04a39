"""Our expectation-maximisation against scikit-learn's, in both precisions, shifted, scaled and degenerate."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from models.clustering.clusterers import COVARIANCE_TYPES
from models.clustering.mixtures import expectation_step, shared_rows
from models.clustering.mixtures.expectation_maximization import EMSettings, fit_mixture, refit_mixture
from models.clustering.mixtures.expectation_step import by_component, by_features, moments_of_labels
from models.clustering.mixtures.gaussian_components import (
    components_of_mixture,
    components_of_moments,
    mixture_of,
    natural_parameters,
)
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rules.mixture import (
    log_densities,
    mixture_log_likelihood,
    mixture_posterior,
)
from tests.models.planted import shaped as planted

PLAIN = EMSettings(relaxation=1)


class FromLabels(GaussianMixture):
    """scikit-learn's mixture, started from the groups that ours starts from."""

    def start_from(self, labels):
        self.labels = labels
        return self

    def _initialize_parameters(self, X, random_state):
        self._initialize(X, np.eye(self.n_components)[self.labels])


def rough(truth, seed=1):
    """Labels of which a third are wrong, every component kept."""
    generator = np.random.default_rng(seed)
    labels = np.where(generator.random(len(truth)) < 1 / 3, generator.permutation(truth), truth)
    labels[: truth.max() + 1] = range(truth.max() + 1)
    return labels


@pytest.fixture(params=COVARIANCE_TYPES)
def kind(request):
    return request.param


@pytest.mark.parametrize("d", [2, 5, 12])
def test_is_scikit_learns_from_the_same_start(kind, d):
    x, truth = planted(d=d)
    labels = rough(truth)
    ours = fit_mixture(x, labels, kind, EMSettings(tol=1e-6, max_iter=500, relaxation=1))
    theirs = FromLabels(4, covariance_type=kind, tol=1e-6, max_iter=500).start_from(labels).fit(x)
    assert ours.converged
    assert ours.mean_log_likelihood == pytest.approx(theirs.score(x), rel=1e-4)
    np.testing.assert_allclose(mixture_posterior(ours.mixture, x), theirs.predict_proba(x), atol=5e-3)


def test_stops_where_scikit_learn_stops(kind):
    x, truth = planted(n=600)
    labels = rough(truth)
    ours = fit_mixture(x, labels, kind, PLAIN)
    theirs = FromLabels(4, covariance_type=kind).start_from(labels).fit(x)
    assert ours.n_iter == theirs.n_iter_
    assert ours.history[-1] == pytest.approx(theirs.lower_bound_, abs=1e-4)


def test_reg_covar_is_scikit_learns(kind):
    x, truth = planted()
    ours = fit_mixture(x, truth, kind, EMSettings(reg_covar=0.3, tol=1e-8, max_iter=1000, relaxation=1))
    theirs = FromLabels(4, covariance_type=kind, reg_covar=0.3, tol=1e-8, max_iter=1000).start_from(truth)
    assert ours.mean_log_likelihood == pytest.approx(theirs.fit(x).score(x), abs=1e-5)


@pytest.mark.parametrize("relaxation", [1.0, 1.5, 1.9])
def test_likelihood_never_falls(kind, relaxation):
    x, truth = planted(seed=3, spread=0.7)
    chosen = EMSettings(reg_covar=1e-9, tol=0, max_iter=60, relaxation=relaxation, single_precision=False)
    fitted = fit_mixture(x, rough(truth), kind, chosen)
    assert len(fitted.history) == 60 - fitted.n_taken_back
    assert np.diff(fitted.history).min() > -1e-9
    assert mixture_log_likelihood(fitted.mixture, x).mean() >= fitted.mean_log_likelihood - 1e-9


def test_relaxed_steps_that_lower_the_likelihood_are_taken_back():
    x, truth = planted(seed=3, spread=0.7)
    taken_back = [
        fit_mixture(x, rough(truth, seed), kind, EMSettings(tol=0, max_iter=40, relaxation=1.99)).n_taken_back
        for kind in COVARIANCE_TYPES
        for seed in range(3)
    ]
    assert max(taken_back) > 0


def test_relaxed_reaches_the_same_optimum(kind):
    x, truth = planted(n_components=2, n=2000, spread=0.7)
    tight = {"tol": 1e-10, "max_iter": 3000}
    plain = fit_mixture(x, truth, kind, EMSettings(relaxation=1, **tight))
    relaxed = fit_mixture(x, truth, kind, EMSettings(**tight))
    assert relaxed.mean_log_likelihood == pytest.approx(plain.mean_log_likelihood, abs=1e-7)
    assert relaxed.n_iter <= plain.n_iter


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_float32_is_float64(kind, offset):
    x, truth = planted(d=12)
    narrow = fit_mixture(x + offset, rough(truth), kind, PLAIN)
    wide = fit_mixture(x + offset, rough(truth), kind, EMSettings(relaxation=1, single_precision=False))
    assert narrow.n_iter == wide.n_iter
    np.testing.assert_allclose(narrow.history, wide.history, atol=1e-5)
    np.testing.assert_allclose(narrow.mixture.means, wide.mixture.means, atol=1e-4)


def test_float32_is_left_where_it_would_round_too_much():
    x, truth = planted(n_components=2, d=3)
    tight = x * 1e-5 + np.array([[0.0], [1.0]])[truth]
    rows = SharedRows(tight).framed("full")
    natural = natural_parameters(
        components_of_moments(moments_of_labels(rows, truth), rows, 1e-16, None), rows
    )
    assert natural.rounding > 1
    ours = fit_mixture(tight, truth, "full", EMSettings(reg_covar=1e-16, relaxation=1))
    theirs = FromLabels(2, reg_covar=1e-16).start_from(truth).fit(tight)
    assert ours.mean_log_likelihood == pytest.approx(theirs.score(tight), abs=1e-3)


def test_rounding_is_of_the_size_that_it_is_told(kind):
    x, truth = planted(n_components=2, d=6)
    x = x + 40 * np.array([[0.0], [1.0]])[truth]
    rows = SharedRows(x).framed(kind)
    natural = natural_parameters(
        components_of_moments(moments_of_labels(rows, truth), rows, 1e-6, None), rows
    )
    (wide,) = (natural.theta @ features for features in rows.blocks(np.float64))
    (narrow,) = (natural.theta.astype(np.float32) @ features for features in rows.blocks(np.float32))
    own = np.arange(2)[:, None] == truth
    error = np.sqrt(np.square(narrow - wide)[own].mean())
    assert error < 3 * natural.rounding


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(COVARIANCE_TYPES), st.floats(-1e4, 1e4), st.sampled_from([1e-3, 1.0, 1e3]))
def test_shift_and_scale_change_the_unit_only(covariance_type, shift, scale):
    x, truth = planted(n=200)
    labels = rough(truth)
    plain = fit_mixture(x, labels, covariance_type, EMSettings(reg_covar=1e-3))
    moved = fit_mixture(x * scale + shift, labels, covariance_type, EMSettings(reg_covar=1e-3 * scale**2))
    assert moved.mean_log_likelihood + 5 * np.log(scale) == pytest.approx(plain.mean_log_likelihood, abs=1e-3)
    np.testing.assert_allclose((moved.mixture.means - shift) / scale, plain.mixture.means, atol=1e-2)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(COVARIANCE_TYPES), st.integers(2, 6), st.integers(1, 4), st.integers(0, 100))
def test_both_ways_through_the_components_agree(covariance_type, d, k, seed):
    x, truth = planted(n_components=k, n=60, d=d, seed=seed)
    rows = SharedRows(x).framed(covariance_type)
    components = components_of_moments(moments_of_labels(rows, truth), rows, 1e-3, None)
    natural = natural_parameters(components, rows)
    mixture = mixture_of(components, rows)
    (features,) = rows.blocks(np.float64)
    expected = log_densities(mixture, x) + np.log(mixture.weights)
    joint = (natural.theta @ features).T
    np.testing.assert_allclose(joint - joint[:, :1], expected - expected[:, :1], atol=1e-6)
    again = components_of_mixture(mixture, rows)
    np.testing.assert_allclose(again.means, components.means, atol=1e-9)
    np.testing.assert_allclose(again.covariances, components.covariances, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_component_by_component_is_the_product_of_features(dtype, monkeypatch):
    monkeypatch.setattr(expectation_step, "ROWS_BY_COMPONENT", 70)
    x, truth = planted(n_components=3, d=9)
    rows = SharedRows(x).framed("full")
    natural = natural_parameters(
        components_of_moments(moments_of_labels(rows, truth), rows, 1e-3, None), rows
    )
    moments, total = by_component(rows, natural, dtype)
    expected, expected_total = by_features(rows, natural, np.float64)
    atol = 1e-9 if dtype is np.float64 else 2e-3
    np.testing.assert_allclose(moments, expected, atol=atol * 10)
    assert total / len(x) == pytest.approx(expected_total / len(x), abs=atol)


def test_blocks_of_rows_change_nothing(kind, monkeypatch):
    x, truth = planted(n=1000, d=12)
    whole = fit_mixture(x, rough(truth), kind)
    monkeypatch.setattr(shared_rows, "BLOCK_BYTES", 1)
    monkeypatch.setattr(expectation_step, "ROWS_BY_COMPONENT", 90)
    blocks = fit_mixture(x, rough(truth), kind)
    assert len(list(SharedRows(x).framed(kind).blocks(np.float64))) == 8
    np.testing.assert_allclose(blocks.history, whole.history, atol=1e-5)


def test_shared_rows_give_what_plain_rows_give(kind):
    x, truth = planted()
    rows = SharedRows(x)
    for other in COVARIANCE_TYPES:
        fit_mixture(rows, truth, other)
    np.testing.assert_array_equal(
        fit_mixture(rows, rough(truth), kind).mixture.means, fit_mixture(x, rough(truth), kind).mixture.means
    )
    assert rows.framed("full").frame is rows.framed("tied").frame


def test_goes_on_from_a_mixture(kind):
    x, truth = planted()
    first = fit_mixture(x, truth, kind)
    second = refit_mixture(x, first.mixture, kind)
    assert second.history[0] >= first.mean_log_likelihood - 1e-6


def test_constant_columns_take_reg_covar_for_their_variance(kind):
    x, truth = planted()
    x[:, 2] = 7.0
    fitted = fit_mixture(x, truth, kind, EMSettings(reg_covar=0.01))
    theirs = FromLabels(4, covariance_type=kind, reg_covar=0.01).start_from(truth).fit(x)
    assert fitted.history[0] == pytest.approx(_first_likelihood(theirs, x, truth, kind), abs=1e-4)


def _first_likelihood(theirs, x, labels, kind):
    start = FromLabels(theirs.n_components, covariance_type=kind, reg_covar=theirs.reg_covar)
    start.start_from(labels)._initialize_parameters(x, None)
    return start.score(x)
