"""Expectation-maximisation for Gaussian mixtures, its steps as a few large matrix products.

A. Dempster, N. Laird and D. Rubin, "Maximum likelihood from incomplete data via the EM algorithm", Journal of
the Royal Statistical Society B 39(1), 1977. Definitions are scikit-learn's: ``reg_covar`` is added to every
variance at each maximisation, and a fit has converged when an iteration changes the mean log-likelihood by
less than ``tol``. What differs is the work for it:

- log densities of all components are one product of natural parameters and the rows' features; the moments
  for the next components are one product of responsibilities and the same features (``shared_rows.py``,
  ``expectation_step.py``);
- products are in float32 while rounding stays below a fifth of ``tol``, sums over blocks in float64;
  the last pass, its maximisation and its mean log-likelihood are in float64 throughout;
- moments go further than plain EM would take them, up to ``relaxation`` times as far, as long as they keep
  their direction (after R. Salakhutdinov and S. Roweis, "Adaptive overrelaxed bound optimization methods",
  ICML 2003); where that lowers the likelihood, the step is taken back and made plain.

Example::

    rows = SharedRows(x)
    fitted = {kind: fit_mixture(rows, kmeans.labels_, kind) for kind in COVARIANCE_TYPES}
    mixture_log_likelihood(fitted["full"].mixture, held_out).mean()
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from models.clustering.mixtures.expectation_step import moments_of_labels, one_pass
from models.clustering.mixtures.gaussian_components import (
    DEAD_ROWS,
    Components,
    NaturalParameters,
    components_of_mixture,
    components_of_moments,
    mixture_of,
    natural_parameters,
)
from models.clustering.mixtures.shared_rows import FramedRows, SharedRows
from models.clustering.rules.mixture import Mixture

GROWTH = 1.25  # of the step from one iteration to the next, as long as the direction is kept
ROUNDING = 0.2  # of tol: the largest error of a log density in float32; that of their mean is far smaller


@dataclass(frozen=True)
class EMSettings:
    """How a mixture is fitted.

    ``reg_covar``: added to every variance, in the rows' unit squared, at least 0. ``tol``: nats a row.
    ``relaxation``: the longest step, 1 is plain EM, below 2. ``single_precision``: whether float32 may be
    used at all.
    """

    reg_covar: float = 1e-6
    max_iter: int = 100
    tol: float = 1e-3
    relaxation: float = 1.9
    single_precision: bool = True

    def __post_init__(self) -> None:
        """Raises ValueError on a value out of its range."""
        ranges = {
            "reg_covar": (self.reg_covar >= 0, "at least 0"),
            "max_iter": (self.max_iter >= 1, "at least 1"),
            "tol": (self.tol >= 0, "at least 0"),
            "relaxation": (1 <= self.relaxation < 2, "at least 1 and below 2"),
        }
        for name, (fits, expected) in ranges.items():
            if not fits:
                raise ValueError(f"{name}: expected {expected}, received {getattr(self, name)}.")


@dataclass(frozen=True)
class FittedMixture:
    """A mixture and how it was reached.

    ``mean_log_likelihood``: of the rows before the last maximisation, as scikit-learn's ``lower_bound_``,
    in float64, nats a row. ``n_iter``: passes over the rows, those taken back included, without the last.
    ``history``: mean log-likelihood before each maximisation; in float32 where that was safe.
    ``n_taken_back``: relaxed steps that had lowered the likelihood. ``n_dead``: components of weight 0.
    """

    mixture: Mixture
    converged: bool
    n_iter: int
    mean_log_likelihood: float
    history: tuple[float, ...]
    n_taken_back: int
    n_dead: int


@dataclass
class _State:
    """The state of the iteration: some moments, their components, and their natural parameters."""

    moments: np.ndarray | None
    components: Components
    natural: NaturalParameters


def fit_mixture(
    x: np.ndarray | SharedRows,
    labels: np.ndarray,
    covariance_type: str = "full",
    settings: EMSettings | None = None,
) -> FittedMixture:
    """Fit a mixture to rows x (n, d) from groups of them, ``labels`` (n,) of 0 .. k-1.

    It starts as scikit-learn does from k-means: from the maximisation step on the groups. Raises
    ValueError on rows that are not finite, on labels that leave a component without rows, and where a
    covariance is singular in spite of ``reg_covar``.
    """
    settings = settings or EMSettings()
    rows = _framed(x, covariance_type)
    with _singular_told(settings):
        moments = moments_of_labels(rows, _checked_labels(labels, len(rows)))
        return _fit(rows, _state(rows, moments, None, settings.reg_covar), settings)


def refit_mixture(
    x: np.ndarray | SharedRows,
    mixture: Mixture,
    covariance_type: str = "full",
    settings: EMSettings | None = None,
) -> FittedMixture:
    """Fit a mixture to rows x (n, d) from one of the same covariance type; raises as ``fit_mixture``."""
    settings = settings or EMSettings()
    rows = _framed(x, covariance_type)
    with _singular_told(settings):
        components = components_of_mixture(mixture, rows)
        return _fit(rows, _State(None, components, natural_parameters(components, rows)), settings)


def _framed(x: np.ndarray | SharedRows, covariance_type: str) -> FramedRows:
    shared = x if isinstance(x, SharedRows) else SharedRows(x)
    return shared.framed(covariance_type)


@contextmanager
def _singular_told(settings: EMSettings) -> Iterator[None]:
    """Raises ValueError, which says what to do, if a covariance is singular."""
    try:
        yield
    except np.linalg.LinAlgError as error:
        raise ValueError(
            f"A component's covariance is singular with reg_covar = {settings.reg_covar:g}: it has too few "
            "distinct rows, or a column does not vary. Raise reg_covar, or ask for fewer components."
        ) from error


def _checked_labels(labels: np.ndarray, n: int) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (n,) or not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ValueError(
            f"Expected labels of shape ({n},), integers from 0; "
            f"received shape {labels.shape}, dtype {labels.dtype}."
        )
    counts = np.bincount(labels, minlength=1) if labels.max() < n else np.zeros(n + 1)
    if not counts.all():
        raise ValueError(
            f"labels up to {labels.max()} of {n} rows leave a component without rows. "
            "Number the labels from 0 without gaps."
        )
    return labels


def _state(rows: FramedRows, moments: np.ndarray, last: Components | None, reg_covar: float) -> _State:
    components = components_of_moments(moments, rows, reg_covar, last)
    return _State(moments, components, natural_parameters(components, rows))


def _relaxed(
    rows: FramedRows, state: _State, plain: np.ndarray, step: float, reg_covar: float
) -> _State | None:
    """The state beyond plain EM's, or None if a weight or variance would be negative there."""
    if state.moments is None or step == 1:
        return None
    moments = state.moments + step * (plain - state.moments)
    alive = plain[:, 0] * len(rows) >= DEAD_ROWS
    if (moments[alive, 0] * len(rows) < DEAD_ROWS).any():
        return None
    moments[~alive] = plain[~alive]
    try:
        return _state(rows, moments, state.components, reg_covar)
    except np.linalg.LinAlgError:
        return None


def _next_step(step: float, change: np.ndarray | None, last: np.ndarray | None, longest: float) -> float:
    """How far to go along plain EM's change of the moments, given its last one: 1 is plain EM."""
    if change is None or last is None or (change * last).sum() <= 0:
        return 1.0
    return min(step * GROWTH, longest)


def _dtype(natural: NaturalParameters, settings: EMSettings) -> type:
    safe = settings.single_precision and natural.rounding < ROUNDING * settings.tol
    return np.float32 if safe else np.float64


def _fit(rows: FramedRows, state: _State, settings: EMSettings) -> FittedMixture:
    history: list[float] = []
    converged, n_iter, n_taken_back = False, 0, 0
    moments, before, relaxed = np.empty(0), state, False
    step, change = 1.0, None
    while n_iter < settings.max_iter and not converged:
        passed, value = one_pass(rows, state.natural, _dtype(state.natural, settings))
        n_iter += 1
        if relaxed and value < history[-1]:
            state = _state(rows, moments, before.components, settings.reg_covar)
            step, change, relaxed = 1.0, None, False
            n_taken_back += 1
            continue
        converged = bool(history) and abs(value - history[-1]) < settings.tol
        history.append(value)
        moments, before, last = passed, state, change
        change = None if state.moments is None else moments - state.moments
        step = 1.0 if converged else _next_step(step, change, last, settings.relaxation)
        beyond = _relaxed(rows, state, moments, step, settings.reg_covar)
        relaxed = beyond is not None
        state = beyond or _state(rows, moments, before.components, settings.reg_covar)
    moments, value = one_pass(rows, state.natural, np.float64)
    state = _state(rows, moments, state.components, settings.reg_covar)
    return FittedMixture(
        mixture=mixture_of(state.components, rows),
        converged=converged,
        n_iter=n_iter,
        mean_log_likelihood=value,
        history=tuple(history),
        n_taken_back=n_taken_back,
        n_dead=int((state.components.weights == 0).sum()),
    )
