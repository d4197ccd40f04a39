"""The expectation step: sums what rows say about components into moments for the next components."""

from __future__ import annotations

import numpy as np

from models.clustering.mixtures.gaussian_components import NaturalParameters
from models.clustering.mixtures.shared_rows import FramedRows

ROWS_BY_COMPONENT = 2048  # at a time


def moments_of_labels(rows: FramedRows, labels: np.ndarray) -> np.ndarray:
    """Means of the features of each label's rows, times its share of the rows: float64 (k, n_features)."""
    k, first = labels.max() + 1, 0
    moments = np.zeros((k, rows.n_features))
    for features in rows.blocks(np.float64):
        members = labels[first : first + features.shape[1]] == np.arange(k)[:, None]
        moments += members.astype(np.float64) @ features.T
        first += features.shape[1]
    return moments / len(rows)


def one_pass(rows: FramedRows, natural: NaturalParameters, dtype: type) -> tuple[np.ndarray, float]:
    """The expectation step: moments (k, n_features) under the responsibilities, and the mean log-likelihood.

    Products and responsibilities are in ``dtype``, sums over blocks of rows and both results in float64. A
    few full covariances are handled one by one, because writing d^2 / 2 features for each row would take
    longer.
    """
    if rows.covariance_type == "full" and len(natural.theta) <= few_components(rows.x.shape[1]):
        moments, total = by_component(rows, natural, dtype)
    else:
        moments, total = by_features(rows, natural, dtype)
    return moments / len(rows), total / len(rows) + natural.shared


def few_components(d: int) -> int:
    """Up to how many full covariances in d dimensions are handled one by one; timed for d = 16 to 128."""
    return min(16, d // 3)


def by_features(rows: FramedRows, natural: NaturalParameters, dtype: type) -> tuple[np.ndarray, float]:
    """Sums responsibilities times features, and log densities, over the rows, as products with features."""
    theta: np.ndarray = natural.theta.astype(dtype)
    moments = np.zeros(theta.shape)
    total = 0.0
    for features in rows.blocks(dtype):
        joint = theta @ features
        total += to_responsibilities(joint)
        moments += joint @ features.T
    return moments, total


def by_component(rows: FramedRows, natural: NaturalParameters, dtype: type) -> tuple[np.ndarray, float]:
    """The same as ``by_features`` for full covariances, by a product with d columns for each component."""
    k, d = natural.shifts.shape
    maps: np.ndarray = natural.maps.astype(dtype)
    shifts: np.ndarray = natural.shifts.astype(dtype)
    firsts, squares = np.zeros((k, 1 + d)), np.zeros((k, d, d))
    total = 0.0
    for y in rows.coordinates(dtype, ROWS_BY_COMPONENT):
        joint: np.ndarray = np.empty((k, y.shape[1]), dtype)
        mapped = np.empty_like(y)
        for j in range(k):
            np.matmul(maps[j], y, out=mapped)
            mapped -= shifts[j][:, None]
            np.einsum("ib,ib->b", mapped, mapped, out=joint[j])
        joint *= -0.5
        joint += natural.constants.astype(dtype)[:, None]
        total += to_responsibilities(joint)
        firsts[:, 0] += joint.sum(axis=1, dtype=np.float64)
        firsts[:, 1:] += joint @ y.T
        for j in range(k):
            np.multiply(y, joint[j], out=mapped)
            squares[j] += mapped @ y.T
    upper = np.triu_indices(d)
    return np.concatenate([firsts, squares[:, upper[0], upper[1]]], axis=1), total


def to_responsibilities(joint: np.ndarray) -> float:
    """Turns log(weight N) (k, b) into responsibilities in place; returns the sum of log densities in nats."""
    largest = joint.max(axis=0)
    joint -= largest
    np.exp(joint, out=joint)
    sums = joint.sum(axis=0)
    joint /= sums
    return float((largest + np.log(sums)).sum(dtype=np.float64))
