"""What of a face is shown in each of the 64 variants of P2's table 6.2, from its 68 points. Pure and exact.

A mask is what is shown (equation 6.1's m = 1). Names are ``family`` or ``family.what``; sides are the
picture's.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from components.segment.regions import check, corners, hull, region
from schemas.face_regions import REGIONS
from schemas.landmarks import mirrored_points

SEVENTHS = 7
FIVE = ("eyebrows", "eyes", "nose", "mouth", "chin")  # from top to bottom
HULL = ("inside", "outside")  # shown: the convex hull of the points; all but it
BROWS, EYES, NOSE, MOUTH = slice(17, 27), slice(36, 48), slice(31, 36), slice(48, 60)


@dataclass(frozen=True)
class Window:
    """The part of a chip that a model reads: columns left to right and rows top to bottom, ends excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Rows."""
        return self.bottom - self.top

    def of(self, shape: tuple[int, int]) -> np.ndarray:
        """The window in a picture (h, w): bool (h, w)."""
        inside = np.zeros(shape, bool)
        inside[self.top : self.bottom, self.left : self.right] = True
        return inside


@dataclass(frozen=True)
class Mask:
    """One variant: its family, what it is about (regions, or a number of parts), whether it hides them."""

    family: str
    regions: tuple[str, ...] = ()
    number: int = 0
    hides: bool = False

    @property
    def name(self) -> str:
        """``family.what``."""
        what = "+".join(self.regions) or str(self.number)
        return self.family if self.family in HULL else f"{self.family}.{what}"


def _variants() -> list[Mask]:
    sides = [Mask(f"{way}", number=k) for way in ("right_to_left", "left_to_right") for k in range(1, 8)]
    rows = [Mask(f"{way}", number=k) for way in ("top_to_bottom", "bottom_to_top") for k in range(1, 6)]
    several = [
        Mask(f"permutation_blackout_{word}", regions, hides=True)
        for word, size in (("pairs", 2), ("triples", 3))
        for regions in itertools.combinations(FIVE, size)
    ]
    single = [
        Mask(family, (one,), hides=family.startswith("region"))
        for family in ("just_region", "region_blackout", "just_region_contoured", "region_blackout_contour")
        for one in FIVE
    ]
    return [*sides, *rows, *several, *single]


VARIANTS: dict[str, Mask] = {mask.name: mask for mask in _variants()}
MASKS: dict[str, Mask] = VARIANTS | {name: Mask(name) for name in HULL}
STRIPS = tuple(f"region_blackout.{one}" for one in FIVE)  # the q-list of strips
CONTOURS = tuple(f"region_blackout_contour.{one}" for one in FIVE)


def families(points: np.ndarray, window: Window, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """All 64 masks of one face by name, as of ``shown``."""
    return {name: shown(name, points, window, shape) for name in VARIANTS}


def shown(name: str, points: np.ndarray, window: Window, shape: tuple[int, int]) -> np.ndarray:
    """What is shown of a face with points (68, 2) float in a picture (h, w): bool (h, w).

    Args:
        name: a key of ``MASKS``.
        points: in pixels, (0, 0) the middle of the first pixel.
        window: what the model reads; the sevenths are sevenths of its width.
        shape: height and width of the picture in pixels.

    Raises:
        ValueError: an unknown name, or points of another shape.
    """
    if name not in MASKS:
        raise ValueError(f"There is no mask {name!r}. Expected one of: {', '.join(MASKS)}.")
    check(points)
    mask = MASKS[name]
    if mask.family in HULL:
        inside = hull(points, shape)
        return inside if mask.family == "inside" else ~inside
    if not mask.regions:
        return _whole_strips(mask, points, window, shape)
    part = region if mask.family.endswith(("contoured", "contour")) else strip
    covered = np.zeros(shape, bool)
    for one in mask.regions:
        covered |= part(one, points, shape)
    return ~covered if mask.hides else covered


def lines(points: np.ndarray) -> np.ndarray:
    """The heights t0 to t5 (6,) in pixels that part a face into strips, each at or below the one before.

    The upper end of the brows, both ends of the eyes, the lower ends of the nose and of the mouth, and the
    mean height of the region below the chin. That one the authors place by point 58, which is point 56 of the
    mirrored face; the mean of both is taken, so that a mirrored face has the same strips.
    """
    y = points[:, 1]
    ends = [corners(REGIONS["below_chin"][0], one)[:, 1].mean() for one in (points, mirrored_points(points))]
    chin = sum(ends) / 2
    found = [y[BROWS].min(), y[EYES].min(), y[EYES].max(), y[NOSE].max(), y[MOUTH].max(), chin]
    falling: np.ndarray = np.maximum.accumulate(found)
    return falling


def strip(name: str, points: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The strip of one of ``FIVE`` over the picture's full width: bool (h, w). Strips don't overlap."""
    above, below = lines(points)[FIVE.index(name) :][:2]
    rows = np.arange(shape[0])
    return _rows((above <= rows) & (rows < below), shape)


def _whole_strips(mask: Mask, points: np.ndarray, window: Window, shape: tuple[int, int]) -> np.ndarray:
    """The families that go over the picture from one side to the other."""
    k = mask.number
    if mask.family in ("right_to_left", "left_to_right"):
        columns = sevenths(window, shape[1]) if mask.family == "left_to_right" else None
        if columns is None:
            columns = SEVENTHS - 1 - sevenths(window, shape[1])
        return _columns(columns >= k, shape)
    edges, rows = lines(points), np.arange(shape[0])
    if mask.family == "top_to_bottom":
        return _rows(rows < edges[k], shape)
    return _rows(rows >= edges[len(FIVE) - k], shape)


def sevenths(window: Window, width: int) -> np.ndarray:
    """Which seventh of the window each column is in, 0 to 6 from the left: int (width,).

    Columns beside the window go with the nearest seventh. A column that an edge runs through the middle of
    belongs to the middle seventh or the one nearer to it, so that the sevenths are symmetric.
    """
    x = np.arange(width) + 0.5 - window.left  # of its middle, in widths of a column from the window's edge
    place = np.clip(x * SEVENTHS / window.width, 0, SEVENTHS)
    from_left = np.ceil(place) - 1
    from_right = np.floor(place)
    found = np.where(place < SEVENTHS / 2, from_right, from_left)
    clipped: np.ndarray = np.clip(found, 0, SEVENTHS - 1).astype(int)
    return clipped


def _rows(kept: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.broadcast_to(kept[:, None], shape).copy()


def _columns(kept: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    return np.broadcast_to(kept[None, :], shape).copy()
