"""What was done to a picture to make the other, told by how the two were registered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.duplicates.comparison import Comparison
from components.duplicates.registration import to_pixels

MOST_DOUBT = 0.38  # of the worst block and of the greys together: above it, something else is to be seen
DOUBT_OF_GREYS = 30.0  # times what their correlation lacks of 1
LEAST_OVERLAP = 0.6  # of the larger view
MOST_SHEAR = 0.02  # by which axes may leave the right angle, and the picture its level
CROPPED = 0.985  # below this share of the larger view
RESIZED = 0.01  # from a scale of 1
TINTED = (0.06, 5.0)  # from a gain of 1, and levels from which mid-grey is moved


@dataclass(frozen=True)
class Geometry:
    """Where the second lies on the first: mirrored, its scale in pixels, the share both show, its slant.

    ``slant`` is how far its sides are from those of the first, as a share of their length.
    """

    mirror: bool
    scale: float
    overlap: float
    slant: float


def geometry(place: np.ndarray, first: tuple[int, int], second: tuple[int, int]) -> Geometry:
    """The geometry of a map in unit coordinates between pictures of those sizes (h, w) in pixels."""
    linear = to_pixels(place, first, second)[:, :2].astype(np.float64)
    area = float(abs(np.linalg.det(place[:, :2])))
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) @ place[:, :2].T + place[:, 2]
    shared = area_of(inside_unit(corners))
    size = np.sqrt(abs(np.linalg.det(linear)))
    slant = max(abs(linear[0, 1]), abs(linear[1, 0])) / size if size > 0 else np.inf
    overlap = min(1.0, shared, shared / area if area > 0 else 0.0)
    mirror = bool(np.linalg.det(place[:, :2]) < 0)
    return Geometry(mirror, float(1 / size) if size > 0 else np.inf, overlap, float(slant))


def inside_unit(corners: np.ndarray) -> np.ndarray:
    """The part (m, 2) of a convex polygon (n, 2) in the unit square (Sutherland and Hodgman 1974).

    OpenCV's own intersection gives 0 for two squares that are almost one.
    """
    for axis, sign, limit in ((0, -1, 0.0), (0, 1, 1.0), (1, -1, 0.0), (1, 1, 1.0)):
        kept = []
        for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            ins = [sign * point[axis] <= sign * limit for point in (here, there)]
            if ins[0]:
                kept.append(here)
            if ins[0] != ins[1]:
                share = (limit - here[axis]) / (there[axis] - here[axis])
                kept.append(here + share * (there - here))
        if not kept:
            return np.zeros((0, 2))
        corners = np.array(kept)
    return corners


def area_of(corners: np.ndarray) -> float:
    """The area of a polygon (n, 2), at least 0."""
    following = np.roll(corners, -1, axis=0)
    return float(abs(np.sum(corners[:, 0] * following[:, 1] - corners[:, 1] * following[:, 0])) / 2)


def doubt(found: Comparison) -> float:
    """How much speaks against one picture, at least 0: the worst block's difference, and the greys'."""
    return found.worst + DOUBT_OF_GREYS * (1 - found.correlation)


def is_duplicate(found: Comparison, where: Geometry) -> bool:
    """Whether two registered pictures are one: all blocks agree, over most of the larger, and level."""
    return (
        doubt(found) <= MOST_DOUBT
        and where.overlap >= LEAST_OVERLAP
        and where.slant <= MOST_SHEAR
        and min(found.gains) > 0
    )


def kinds_of(found: Comparison, where: Geometry, same_size: bool) -> list[str]:
    """All kinds that hold, the most telling first; "re-compressed" if none other does."""
    cropped = where.overlap < CROPPED
    resized = abs(where.scale - 1) > RESIZED if cropped else not same_size
    moved = [abs(128 * gain + offset - 128) for gain, offset in zip(found.gains, found.offsets, strict=True)]
    tinted = found.grey or max(moved) > TINTED[1] or max(abs(gain - 1) for gain in found.gains) > TINTED[0]
    told = {"flipped": where.mirror, "cropped": cropped, "resized": resized, "tinted": tinted}
    return [kind for kind, holds in told.items() if holds] or ["re-compressed"]
