"""Which pixels lie in a polygon. A mirrored polygon has the mirrored pixels, unlike OpenCV's filling."""

from __future__ import annotations

import numpy as np

EDGE = 1e-9  # pixels: a pixel whose middle is on the edge belongs to the polygon, whatever was rounded


def filled(polygon: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The pixels of a picture (h, w) whose middles lie in a polygon (c, 2) float: bool (h, w).

    Corners are x, y in pixels, (0, 0) the middle of the first pixel; what lies beyond the border is cut off.
    Where a polygon crosses itself, what is enclosed twice is outside (even-odd rule).
    """
    inside = np.zeros(shape, bool)
    height, width = shape
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    if not np.isfinite([low, high]).all():
        raise ValueError(f"Expected a polygon of finite corners; received {polygon.tolist()}.")
    top, bottom = max(0, int(np.ceil(low[1]))), min(height - 1, int(np.floor(high[1])))
    left, right = max(0, int(np.ceil(low[0] - EDGE))), min(width - 1, int(np.floor(high[0] + EDGE)))
    if top > bottom or left > right:
        return inside
    rows = np.arange(top, bottom + 1.0)
    cuts, crossed = _crossings(polygon, rows)
    x = np.arange(left, right + 1.0)
    away = x[None, None, :] - cuts[:, :, None]  # row, edge, column
    odd = ((away > 0) & crossed[:, :, None]).sum(axis=1) % 2 == 1
    on_edge = ((np.abs(away) <= EDGE) & crossed[:, :, None]).any(axis=1)
    inside[top : bottom + 1, left : right + 1] = odd | on_edge
    return inside


def _crossings(polygon: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each edge crosses each row, float64 (rows, edges), and whether it does, bool."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    rise = end[:, 1] - start[:, 1]
    level = rows[:, None]
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    crossed = (low <= level) & (level < high)  # half open, so that a corner counts once
    share = (level - start[:, 1]) / np.where(rise == 0, 1.0, rise)
    return start[:, 0] + share * (end[:, 0] - start[:, 0]), crossed
