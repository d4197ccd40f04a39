"""The elbow of a curve, such as P0's equation 5, the inertia over the number of clusters."""

from __future__ import annotations

import numpy as np


def chord_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance of each point of a curve (n,) to the chord from its first to its last point: float64 (n,).

    Both axes are first scaled to [0, 1], because otherwise the distance depends on the units. P0 finds the
    elbow by eye; the point furthest from the chord is our rule. All are 0 if the curve is flat or has fewer
    than three points. Raises ValueError for another shape or order.
    """
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if x.ndim != 1 or x.shape != y.shape or (np.diff(x) <= 0).any():
        raise ValueError(f"Expected a curve: rising x (n,) and y (n,); received {x.shape} and {y.shape}.")
    if len(x) < 3 or np.ptp(y) == 0:
        return np.zeros(len(x))
    across, up = (x - x[0]) / np.ptp(x), (y - y[0]) / np.ptp(y)
    slope = up[-1]  # across[-1] is 1
    return np.abs(slope * across - up) / np.hypot(slope, 1.0)


def knee(x: np.ndarray, y: np.ndarray) -> int:
    """The index of the point with the largest distance to the chord; the first one of equals."""
    return int(chord_distances(x, y).argmax())
