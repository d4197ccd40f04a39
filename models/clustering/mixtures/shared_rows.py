"""Rows prepared once for all Gaussian mixtures that are fitted on them: centred, scaled, as features.

The log density of a Gaussian is linear in the features 1, y, y y^T of a row, and its maximum-likelihood
parameters are linear in the same features' means. So both steps of expectation-maximisation are matrix
products with one matrix of features, for all components at once. A frame (an origin, axes and a scale for
each) in which the rows vary by about 1 keeps these products exact enough for float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.clustering.clusterers import COVARIANCE_TYPES
from schemas.samples import batches_of

BLOCK_BYTES = 1 << 21  # of features at a time: about a core's second-level cache
SMALLEST_VARIANCE = 1e-6  # share of the largest: axes that vary less are not stretched further


@dataclass(frozen=True)
class Frame:
    """Coordinates y = axes^T (x - origin) / scales of rows x: origin (d,), axes (d, d), scales (d,), float64.

    The columns of ``axes`` are orthonormal: y has about unit variances, so log |dy/dx| = -sum log scales.
    """

    origin: np.ndarray
    axes: np.ndarray
    scales: np.ndarray

    def coordinates(self, x: np.ndarray) -> np.ndarray:
        """The coordinates of rows x (n, d), one column for each row: float64 (d, n)."""
        return (self.axes.T @ (x - self.origin).T) / self.scales[:, None]

    def points(self, y: np.ndarray) -> np.ndarray:
        """The rows (n, d) with coordinates y (n, d), here one row for each row."""
        return self.origin + (y * self.scales) @ self.axes.T

    @property
    def log_volume(self) -> float:
        """log |dy/dx|, in nats: what is added to a log density of y to give that of x."""
        return -float(np.log(self.scales).sum())


def n_features(covariance_type: str, d: int) -> int:
    """How many features a row has: a constant, its d values and, unless shared, its squares or products."""
    return 1 + d + {"full": d * (d + 1) // 2, "tied": 0, "diag": d, "spherical": 1}[covariance_type]


def write_features(y: np.ndarray, covariance_type: str, out: np.ndarray) -> None:
    """Writes the features of coordinates y (d, b) into out (n_features, b).

    Order: 1, y, then y_i y_j for i <= j row by row (full), y_i^2 (diag), |y|^2 (spherical), nothing (tied:
    the square is the same under all components).
    """
    d = len(y)
    out[0] = 1
    out[1 : 1 + d] = y
    if covariance_type == "full":
        first = 1 + d
        for i in range(d):
            np.multiply(y[i], y[i:], out=out[first : first + d - i])
            first += d - i
    elif covariance_type == "diag":
        np.multiply(y, y, out=out[1 + d :])
    elif covariance_type == "spherical":
        np.einsum("ib,ib->b", y, y, out=out[1 + d])


class FramedRows:
    """Rows x (n, d) in one frame, and their features block by block, in float32 or float64.

    For the covariance type "tied", ``second_moment`` (d, d) float64 is the mean of y y^T. It replaces the
    squares, which are then summed only once. For the other types it is zero.

    The coordinates are kept in float32, and computed again at each pass in float64. The features are written
    again at each pass, at most ``BLOCK_BYTES`` of them at a time. That is as fast as reading them from
    memory, and 200,000 rows of 64 values would have 1.7 GB of them.
    """

    def __init__(self, x: np.ndarray, frame: Frame, covariance_type: str, narrow: np.ndarray) -> None:
        self.x = x
        self.frame = frame
        self.covariance_type = covariance_type
        self._narrow = narrow
        n, d = x.shape
        self.n_features = n_features(covariance_type, d)
        self.block = int(np.clip(BLOCK_BYTES // (4 * self.n_features), 128, 8192))
        self.second_moment = np.zeros((d, d))
        if covariance_type == "tied":
            for features in self.blocks(np.float64):
                self.second_moment += features[1:] @ features[1:].T / n

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.x)

    def blocks(self, dtype: type) -> Iterator[np.ndarray]:
        """Yields the features (n_features, b) of one block of rows after the other, in one reused buffer."""
        buffer: np.ndarray = np.empty((self.n_features, min(len(self.x), self.block)), dtype)
        for y in self.coordinates(dtype, self.block):
            out = buffer if y.shape[1] == buffer.shape[1] else np.empty((self.n_features, y.shape[1]), dtype)
            write_features(y, self.covariance_type, out)
            yield out

    def coordinates(self, dtype: type, block: int) -> Iterator[np.ndarray]:
        """Yields the coordinates (d, b) of one block of rows after the other, b at most ``block``."""
        for part in batches_of(len(self.x), block):
            if dtype is np.float32:
                yield np.ascontiguousarray(self._narrow[:, part])
            else:
                yield self.frame.coordinates(self.x[part])


class SharedRows:
    """Rows x (n, d) on which several mixtures are fitted; each frame is made once, when it is first used.

    ``starts`` keeps labels (n,) to start from, by the bytes of the means that they came from. Raises
    ValueError if x has another rank, no rows, or holds NaN or infinity. Example::

        rows = SharedRows(x)
        fits = [fit_mixture(rows, labels, kind) for kind in COVARIANCE_TYPES]
    """

    def __init__(self, x: np.ndarray) -> None:
        self.x = np.ascontiguousarray(x, np.float64)
        if self.x.ndim != 2 or 0 in self.x.shape:
            raise ValueError(f"Expected rows of shape (n, d), n and d at least 1; received {self.x.shape}.")
        if not np.isfinite(self.x).all():
            raise ValueError("Rows hold NaN or infinity. Expected finite rows; leave those out.")
        self._framed: dict[str, FramedRows] = {}
        self.starts: dict[bytes, np.ndarray] = {}

    @cached_property
    def n_distinct(self) -> int:
        """Number of distinct rows."""
        return len(np.unique(self.x, axis=0))

    def framed(self, covariance_type: str) -> FramedRows:
        """The rows in the frame of one covariance type; raises ValueError for an unknown type."""
        if covariance_type not in COVARIANCE_TYPES:
            raise ValueError(
                f"Unknown covariance type {covariance_type!r}. "
                f"Expected one of: {', '.join(COVARIANCE_TYPES)}."
            )
        if covariance_type not in self._framed:
            twin = self._framed.get({"full": "tied", "tied": "full"}.get(covariance_type, ""))
            frame = twin.frame if twin else fitting_frame(self.x, covariance_type)
            narrow = twin._narrow if twin else _narrow_coordinates(self.x, frame)
            self._framed[covariance_type] = FramedRows(self.x, frame, covariance_type, narrow)
        return self._framed[covariance_type]


def fitting_frame(x: np.ndarray, covariance_type: str) -> Frame:
    """The frame of rows x (n, d) that keeps the covariance type: principal axes (full, tied), else x's own.

    Scales are standard deviations, with one for all axes for "spherical". They are 1 if nothing varies.
    """
    d = x.shape[1]
    origin = x.mean(axis=0)
    if covariance_type in ("full", "tied"):
        centred = x - origin
        variances, axes = np.linalg.eigh(centred.T @ centred / len(x))
    else:
        variances, axes = x.var(axis=0), np.eye(d)
        if covariance_type == "spherical":
            variances = np.full(d, variances.mean())
    variances = np.maximum(variances, SMALLEST_VARIANCE * variances.max())
    return Frame(origin, axes, np.sqrt(np.where(variances > 0, variances, 1.0)))


def _narrow_coordinates(x: np.ndarray, frame: Frame) -> np.ndarray:
    narrow = np.empty(x.shape[::-1], np.float32)
    for part in batches_of(len(x), 8192):
        narrow[:, part] = frame.coordinates(x[part])
    return narrow
