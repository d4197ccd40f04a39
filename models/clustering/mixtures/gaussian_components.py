"""Converts Gaussian components between the three forms that expectation-maximisation needs.

Moments (means of features under the responsibilities) give components (weights, means, covariances). These
give natural parameters (what the features are multiplied by) and, at the end, a ``Mixture``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.clustering.mixtures.shared_rows import FramedRows
from models.clustering.rules.mixture import Mixture

DEAD_ROWS = 1e-2  # a component with fewer rows than this is dead
NO_WEIGHT = -1e30  # log weight of a dead component, finite so that products with it are finite


@dataclass(frozen=True)
class Components:
    """Weights (k,), means (k, d) and covariances in a frame's coordinates, float64.

    Covariances have scikit-learn's shapes: full (k, d, d), tied (d, d), diag (k, d), spherical (k,). A weight
    of 0 marks a dead component.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


@dataclass(frozen=True)
class NaturalParameters:
    """theta (k, n_features): theta @ features = log(weight N) of each row, less what all components share.

    ``shared`` is the mean of what was left out, in nats. ``rounding`` is the standard error that float32
    would leave on such a product for a typical row of the worst component, in nats.

    For "full" the same density is also constants (k,) - |maps_j y - shifts_j|^2 / 2, with maps (k, d, d)
    and shifts (k, d): cheaper where there are few components. For the other types these three are empty.
    """

    theta: np.ndarray
    shared: float
    rounding: float
    constants: np.ndarray
    maps: np.ndarray
    shifts: np.ndarray


def regularisation(rows: FramedRows, reg_covar: float) -> np.ndarray:
    """What is added to the coordinates' variances if reg_covar is added to every variance of x: (d,)."""
    return reg_covar / np.square(rows.frame.scales)


def components_of_moments(
    moments: np.ndarray, rows: FramedRows, reg_covar: float, last: Components | None
) -> Components:
    """The maximisation step: moments (k, n_features), their first column the weights, to components.

    A component with less than ``DEAD_ROWS`` rows is dead for good: its weight is 0 from then on, its mean
    and covariance stay those of ``last``. Raises LinAlgError where a covariance is not positive definite.
    """
    kind, d = rows.covariance_type, rows.x.shape[1]
    dead = moments[:, 0] * len(rows) < DEAD_ROWS
    if last is None and dead.any():
        raise ValueError(f"Component {dead.argmax()} starts without rows. Give every component one or more.")
    weights = np.where(dead, 0.0, moments[:, 0])
    scaled = moments[:, 1:] / np.where(dead, 1.0, moments[:, 0])[:, None]
    means = np.where(dead[:, None], 0.0 if last is None else last.means, scaled[:, :d])
    covariances = _second_moments(scaled[:, d:], rows)
    reg = regularisation(rows, reg_covar)
    if kind == "tied":
        covariances = covariances - (means * weights[:, None]).T @ means + np.diag(reg)
    elif kind == "full":
        covariances -= means[:, :, None] * means[:, None, :]
        covariances[:, range(d), range(d)] += reg
    elif kind == "diag":
        covariances = covariances - np.square(means) + reg
    else:
        covariances = covariances - np.square(means).sum(axis=1) / d + reg[0]
    if last is not None and kind != "tied":
        covariances[dead] = last.covariances[dead]
    return Components(weights / weights.sum(), means, covariances)


def _second_moments(squares: np.ndarray, rows: FramedRows) -> np.ndarray:
    d = rows.x.shape[1]
    if rows.covariance_type == "tied":
        return rows.second_moment
    if rows.covariance_type == "spherical":
        return squares[:, 0] / d
    if rows.covariance_type == "diag":
        return squares
    upper = np.triu_indices(d)
    out = np.empty((len(squares), d, d))
    out[:, upper[0], upper[1]] = squares
    out[:, upper[1], upper[0]] = squares
    return out


def natural_parameters(components: Components, rows: FramedRows) -> NaturalParameters:
    """What the features are multiplied by in the expectation step.

    log N(y) = -1/2 y^T A y + (A mu)^T y - 1/2 mu^T A mu + 1/2 log |A| - d/2 log 2 pi with A the precision.
    Raises LinAlgError where a covariance is not positive definite.
    """
    means, kind = components.means, rows.covariance_type
    d = means.shape[1]
    precisions, log_determinants, maps = _inverted(components.covariances, kind, d)
    if kind in ("full", "tied"):
        linear = (precisions @ means[:, :, None])[:, :, 0]
    else:
        linear = means * precisions.reshape(len(means), -1)
    dead = components.weights == 0
    constant = np.log(np.where(dead, 1.0, components.weights)) + rows.frame.log_volume
    constant -= 0.5 * (d * np.log(2 * np.pi) + log_determinants)
    constant[dead] = NO_WEIGHT
    quadratic, sizes = _quadratic(precisions, components, kind)
    first = constant - 0.5 * (linear * means).sum(axis=1)
    theta = np.concatenate([first[:, None], linear, quadratic], axis=1)
    squares = np.square(linear) * _mean_squares(components, kind)
    rounding = float(np.finfo(np.float32).eps) * float(np.sqrt(squares.sum(axis=1) + sizes).max())
    shared = -0.5 * float((precisions * rows.second_moment).sum()) if kind == "tied" else 0.0
    shifts = (maps @ means[:, :, None])[:, :, 0] if kind == "full" else maps
    return NaturalParameters(theta, shared, rounding, constant, maps, shifts)


def _inverted(covariances: np.ndarray, kind: str, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precisions in the covariances' shape, log determinants (k,) or (), and maps to unit covariance."""
    if kind in ("full", "tied"):
        roots = np.linalg.cholesky(covariances)
        maps = np.linalg.inv(roots)
        log_determinants = 2 * np.log(np.diagonal(roots, axis1=-2, axis2=-1)).sum(axis=-1)
        return np.swapaxes(maps, -1, -2) @ maps, log_determinants, maps
    if not (covariances > 0).all():
        raise np.linalg.LinAlgError("A variance is not above 0.")
    logarithms = np.log(covariances)
    return 1 / covariances, logarithms.sum(axis=1) if kind == "diag" else d * logarithms, np.empty(0)


def _mean_squares(components: Components, kind: str) -> np.ndarray:
    """The mean of y_i^2 under each component: (k, d)."""
    variances = components.covariances
    if kind in ("full", "tied"):
        variances = np.diagonal(variances, axis1=-2, axis2=-1)
    elif kind == "spherical":
        variances = variances[:, None]
    return np.square(components.means) + variances


def _quadratic(
    precisions: np.ndarray, components: Components, kind: str
) -> tuple[np.ndarray, np.ndarray | float]:
    """Factors (k, n_features - 1 - d) of a row's products, and the sum of these terms' squares: (k,)."""
    squares = _mean_squares(components, kind)
    k, d = squares.shape
    if kind == "tied":
        return np.empty((k, 0)), 0.0
    if kind == "diag":
        return -0.5 * precisions, np.square(precisions * squares).sum(axis=1) / 4
    if kind == "spherical":
        return -0.5 * precisions[:, None], np.square(precisions * squares.sum(axis=1)) / 4
    i, j = np.triu_indices(d)
    factors = -precisions[:, i, j]
    factors[:, i == j] *= 0.5
    return factors, (np.square(factors) * squares[:, i] * squares[:, j]).sum(axis=1)


def mixture_of(components: Components, rows: FramedRows) -> Mixture:
    """The components in the rows' own coordinates: a ``Mixture``, float64."""
    frame, kind = rows.frame, rows.covariance_type
    k, d = components.means.shape
    means = frame.origin + (components.means * frame.scales) @ frame.axes.T
    if kind in ("diag", "spherical"):
        deviations = frame.scales * np.sqrt(components.covariances.reshape(k, -1))
        return Mixture(components.weights, means, np.eye(d) / deviations[:, None, :], kind)
    back = frame.axes * frame.scales
    roots = np.linalg.cholesky(back @ components.covariances @ back.T)
    cholesky = np.swapaxes(np.linalg.solve(roots, np.broadcast_to(np.eye(d), roots.shape)), -1, -2)
    return Mixture(components.weights, means, np.broadcast_to(np.triu(cholesky), (k, d, d)), kind)


def components_of_mixture(mixture: Mixture, rows: FramedRows) -> Components:
    """A mixture's components in the frame of the rows; its covariance type must be that of the rows."""
    frame, kind = rows.frame, rows.covariance_type
    d = mixture.means.shape[1]
    if mixture.covariance_type != kind or d != rows.x.shape[1]:
        raise ValueError(
            f"start: expected a mixture of covariance type {kind!r} in {rows.x.shape[1]} dimensions, "
            f"received {mixture.covariance_type!r} in {d}."
        )
    means = (mixture.means - frame.origin) @ frame.axes / frame.scales
    cholesky = mixture.precisions_cholesky
    if kind in ("diag", "spherical"):
        diagonals = np.diagonal(cholesky, axis1=1, axis2=2)
        variances = 1 / np.square(diagonals * frame.scales)
        return Components(mixture.weights, means, variances if kind == "diag" else variances[:, 0])
    forward = frame.axes / frame.scales
    roots = np.linalg.inv(cholesky[0] if kind == "tied" else cholesky)  # covariance = roots^T roots
    roots = roots @ forward
    return Components(mixture.weights, means, np.swapaxes(roots, -1, -2) @ roots)
