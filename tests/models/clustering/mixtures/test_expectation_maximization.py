"""Our expectation-maximisation against scikit-learn's, in both precisions, shifted, scaled and degenerate.

Bounds are of three kinds. `left_by_float32`: what float32 may leave on a likelihood. `tol`: two fits that stop
where an iteration changes the likelihood by less. `left_by_stopping`: two fits that reach one optimum by
different ways. What float64 leaves is 1e-9 of what float32 does: bounds of 1e-9 and 1e-6 are far above it.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

from models.clustering.clusterers import COVARIANCE_TYPES
from models.clustering.mixtures import expectation_maximization, expectation_step, shared_rows
from models.clustering.mixtures.expectation_maximization import EMSettings, fit_mixture, refit_mixture
from models.clustering.mixtures.expectation_step import by_component, by_features, moments_of_labels, one_pass
from models.clustering.mixtures.gaussian_components import (
    components_of_mixture,
    components_of_moments,
    mixture_of,
    natural_parameters,
)
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rules.mixture import (
    Mixture,
    log_densities,
    mixture_log_likelihood,
    mixture_posterior,
)
from tests.bounds import eps, of_sum
from tests.models.planted import shaped as planted

PLAIN = EMSettings(relaxation=1)
DEVIATIONS = 3  # of a log density's error in float32, of which ``rounding`` is one


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


def left_by_float32(x, start, kind, settings=PLAIN):
    """How far float32 may move the likelihood of each pass, the last one included, in nats a row.

    ``rounding`` is the standard error of a log density whose features and factors are rounded: of their sizes,
    and so of the condition of the covariances. The mean over rows has no larger error than its rows. Moments
    that were summed in float32 move the likelihood of the next pass by as much too: it is the same whether
    features or their means are rounded. That is why the bound is of the components that the pass is about:
    these may be ill-conditioned, and passed over in float64, where the moments before them were in float32.
    """
    roundings = []

    def noted(rows, natural, dtype):
        roundings.append(natural.rounding)
        return one_pass(rows, natural, dtype)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(expectation_maximization, "one_pass", noted)
        fit = refit_mixture if isinstance(start, Mixture) else fit_mixture
        fit(x, start, kind, replace(settings, single_precision=False))
    return DEVIATIONS * np.array(roundings)


def left_by_stopping(tol):
    """What a fit that stops at ``tol`` may still gain: tol r / (1 - r), steps shrinking by r = 0.999 at most."""
    return 1000 * tol


def near(likelihood, bound):
    return pytest.approx(likelihood, rel=0, abs=bound)


@pytest.fixture(params=COVARIANCE_TYPES)
def kind(request):
    return request.param


@pytest.mark.parametrize("d", [2, 5, 12])
def test_is_scikit_learns_from_the_same_start(kind, d):
    x, truth = planted(d=d)
    labels, tol = rough(truth), 1e-6
    ours = fit_mixture(x, labels, kind, EMSettings(tol=tol, max_iter=500, relaxation=1))
    theirs = FromLabels(4, covariance_type=kind, tol=tol, max_iter=500).start_from(labels).fit(x)
    assert ours.converged
    assert ours.mean_log_likelihood == near(theirs.score(x), left_by_stopping(tol))
    # At its top a likelihood is as flat as a parabola: parameters within sqrt(tol) have it within tol.
    np.testing.assert_allclose(
        mixture_posterior(ours.mixture, x), theirs.predict_proba(x), atol=np.sqrt(left_by_stopping(tol))
    )


def test_stops_where_scikit_learn_stops(kind):
    x, truth = planted(n=600)
    labels = rough(truth)
    ours = fit_mixture(x, labels, kind, PLAIN)
    theirs = FromLabels(4, covariance_type=kind).start_from(labels).fit(x)
    assert ours.n_iter == theirs.n_iter_
    assert ours.history[-1] == near(theirs.lower_bound_, left_by_float32(x, labels, kind)[-2])


def test_reg_covar_is_scikit_learns(kind):
    (x, truth), tol = planted(), 1e-8
    ours = fit_mixture(x, truth, kind, EMSettings(reg_covar=0.3, tol=tol, max_iter=1000, relaxation=1))
    theirs = FromLabels(4, covariance_type=kind, reg_covar=0.3, tol=tol, max_iter=1000).start_from(truth)
    assert ours.mean_log_likelihood == near(theirs.fit(x).score(x), left_by_stopping(tol))


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
    (x, truth), tol = planted(n_components=2, n=2000, spread=0.7), 1e-10
    plain = fit_mixture(x, truth, kind, EMSettings(relaxation=1, tol=tol, max_iter=3000))
    relaxed = fit_mixture(x, truth, kind, EMSettings(tol=tol, max_iter=3000))
    assert relaxed.mean_log_likelihood == near(plain.mean_log_likelihood, left_by_stopping(tol))
    assert relaxed.n_iter <= plain.n_iter


@pytest.mark.parametrize("offset", [0.0, 1e4])
def test_float32_is_float64(kind, offset):
    x, truth = planted(d=12)
    narrow = fit_mixture(x + offset, rough(truth), kind, PLAIN)
    wide = fit_mixture(x + offset, rough(truth), kind, replace(PLAIN, single_precision=False))
    bounds = left_by_float32(x + offset, rough(truth), kind)
    assert narrow.n_iter == wide.n_iter
    assert (np.abs(np.subtract(narrow.history, wide.history)) <= bounds[:-1]).all()
    # Responsibilities move by no more than the log densities do, and a mean by as much of the rows' extent.
    np.testing.assert_allclose(
        narrow.mixture.means, wide.mixture.means, rtol=0, atol=bounds[-1] * np.ptp(x, axis=0).max()
    )


def test_float32_is_left_where_it_would_round_too_much():
    x, truth = planted(n_components=2, d=3)
    tight = x * 1e-5 + np.array([[0.0], [1.0]])[truth]
    rows = SharedRows(tight).framed("full")
    natural = natural_parameters(
        components_of_moments(moments_of_labels(rows, truth), rows, 1e-16, None), rows
    )
    assert natural.rounding > 1
    ours = fit_mixture(tight, truth, "full", replace(PLAIN, reg_covar=1e-16))
    theirs = FromLabels(2, reg_covar=1e-16).start_from(truth).fit(tight)
    assert ours.mean_log_likelihood == near(theirs.score(tight), PLAIN.tol)


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
    assert error < DEVIATIONS * natural.rounding


@settings(max_examples=20)
@given(st.sampled_from(COVARIANCE_TYPES), st.floats(-1e4, 1e4), st.sampled_from([1e-3, 1.0, 1e3]))
def test_shift_and_scale_change_the_unit_only(covariance_type, shift, scale):
    x, truth = planted(n=200)
    labels = rough(truth)
    plain = fit_mixture(x, labels, covariance_type, EMSettings(reg_covar=1e-3))
    moved = fit_mixture(x * scale + shift, labels, covariance_type, EMSettings(reg_covar=1e-3 * scale**2))
    bound = left_by_float32(x, labels, covariance_type, EMSettings(reg_covar=1e-3)).max()
    assert moved.mean_log_likelihood + 5 * np.log(scale) == near(plain.mean_log_likelihood, bound)
    np.testing.assert_allclose(
        (moved.mixture.means - shift) / scale,
        plain.mixture.means,
        rtol=0,
        atol=bound * np.ptp(x, axis=0).max(),
    )


@settings(max_examples=20)
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
    off = DEVIATIONS * natural.rounding * eps(dtype) / eps(np.float32)  # of a row's log densities
    (features,) = rows.blocks(np.float64)
    sizes = np.abs(features).sum(axis=1)
    assert (np.abs(moments - expected) <= (2 * off + of_sum(len(x), dtype)) * sizes).all()
    assert total / len(x) == near(expected_total / len(x), off)


def test_blocks_of_rows_change_nothing(kind, monkeypatch):
    x, truth = planted(n=1000, d=12)
    whole = fit_mixture(x, rough(truth), kind)
    monkeypatch.setattr(shared_rows, "BLOCK_BYTES", 1)
    monkeypatch.setattr(expectation_step, "ROWS_BY_COMPONENT", 90)
    blocks = fit_mixture(x, rough(truth), kind)
    assert len(list(SharedRows(x).framed(kind).blocks(np.float64))) == 8
    bounds = left_by_float32(x, rough(truth), kind, EMSettings())
    np.testing.assert_allclose(blocks.history, whole.history, rtol=0, atol=bounds.max())


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
    assert second.history[0] >= first.mean_log_likelihood - left_by_float32(x, first.mixture, kind)[0]


def test_constant_columns_take_reg_covar_for_their_variance(kind):
    x, truth = planted()
    x[:, 2] = 7.0
    settings = EMSettings(reg_covar=0.01)
    fitted = fit_mixture(x, truth, kind, settings)
    theirs = FromLabels(4, covariance_type=kind, reg_covar=0.01).start_from(truth).fit(x)
    bound = left_by_float32(x, truth, kind, settings)[0]
    assert fitted.history[0] == near(_first_likelihood(theirs, x, truth, kind), bound)


def _first_likelihood(theirs, x, labels, kind):
    start = FromLabels(theirs.n_components, covariance_type=kind, reg_covar=theirs.reg_covar)
    start.start_from(labels)._initialize_parameters(x, None)
    return start.score(x)
