"""The ten regions of one face as masks, from its 68 points (P2, chapter 4)."""

from __future__ import annotations

import cv2
import numpy as np

from components.segment.polygons import filled
from schemas.face_regions import EAR_LEAST, EAR_SIDES, LEFT_EYE, REGIONS, RIGHT_EYE, Polygon
from schemas.landmarks import N_POINTS


def region(name: str, points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The pixels of the region ``name`` of a face with points (68, 2) float in a picture (h, w): bool (h, w).

    What lies beyond the picture is cut off; an ear that a turned head hides is left out. Raises ValueError
    for an unknown name and for points of another shape.
    """
    if name not in REGIONS:
        raise ValueError(f"There is no region {name!r}. Expected one of: {', '.join(REGIONS)}.")
    check(points)
    parts = [
        filled(corners(polygon, points), shape)
        for number, polygon in enumerate(REGIONS[name])
        if name != "ears" or ear_is_seen(number, points)
    ]
    found: np.ndarray = np.logical_or.reduce([np.zeros(shape, bool), *parts])
    return found


def corners(polygon: Polygon, points: np.ndarray) -> np.ndarray:
    """The corners (c, 2) float64 of a polygon of ``schemas.face_regions`` for points (68, 2)."""
    return np.array(
        [
            [sum(weight * points[point, axis] for point, weight in corner[axis]) for axis in (0, 1)]
            for corner in polygon
        ],
        float,
    )


def ear_is_seen(side: int, points: np.ndarray) -> bool:
    """Whether the ear of the picture's left (0) or right (1) side stands out beside its brow."""
    edge, brow, outside = EAR_SIDES[side]
    eyes = points[list(RIGHT_EYE)].mean(axis=0) - points[list(LEFT_EYE)].mean(axis=0)
    return bool(outside * (points[edge, 0] - points[brow, 0]) > EAR_LEAST * np.hypot(*eyes))


def hull(points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The pixels of the convex hull of the points (68, 2): bool (h, w)."""
    check(points)
    return filled(cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(float), shape)


def check(points: np.ndarray) -> None:
    """Raises ValueError unless points are 68 pairs of finite numbers."""
    if points.shape != (N_POINTS, 2) or not np.isfinite(points).all():
        raise ValueError(f"Expected {N_POINTS} finite points (x, y) of a face; received {points.shape}.")
