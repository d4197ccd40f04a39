"""Lays one picture over another: the affine map between them at which their greys agree best.

Maps are (2, 3) float64 in unit coordinates, in which a picture goes from 0 to 1 in both directions: a map
takes places in the second picture to places in the first. So they hold for any size of the two.
"""

from __future__ import annotations

import cv2
import numpy as np

MIRROR = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])  # of a picture's own unit coordinates
SURE = 0.99  # correlation from which steps have led to the right place
LEAST_SHARED = 0.25  # of the second picture: correlations of less say little
BLURS = (9, 3)  # sides in pixels of the window that ECC blurs both pictures with: far sight, then near


def of_crop(crop: tuple[float, float, float, float], is_mirrored: bool) -> np.ndarray:
    """The map to begin with, where the second picture, or its mirror image, is like a crop of the first.

    ``crop``: left, right, top, bottom in unit coordinates of the first.
    """
    left, right, top, bottom = crop
    place = np.array([[right - left, 0.0, left], [0.0, bottom - top, top]])
    return after(place, MIRROR) if is_mirrored else place


def after(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The map that does ``inner`` first and then ``outer``."""
    out: np.ndarray = (_square(outer) @ _square(inner))[:2]
    return out


def inverse(place: np.ndarray) -> np.ndarray:
    """The map back; raises numpy.linalg.LinAlgError where all goes to one line."""
    out: np.ndarray = np.linalg.inv(_square(place))[:2]
    return out


def _square(place: np.ndarray) -> np.ndarray:
    return np.vstack([place, [0.0, 0.0, 1.0]])


def to_pixels(place: np.ndarray, first: tuple[int, ...], second: tuple[int, ...]) -> np.ndarray:
    """The map between the middles of pixels of two pictures of the shapes (h, w, ...), float32."""
    out: np.ndarray = (_pixels_of_unit(first) @ _square(place) @ np.linalg.inv(_pixels_of_unit(second)))[:2]
    return out.astype(np.float32)


def to_unit(place: np.ndarray, first: tuple[int, ...], second: tuple[int, ...]) -> np.ndarray:
    """The opposite of ``to_pixels``, float64."""
    out: np.ndarray = (np.linalg.inv(_pixels_of_unit(first)) @ _square(place) @ _pixels_of_unit(second))[:2]
    return out


def _pixels_of_unit(shape: tuple[int, ...]) -> np.ndarray:
    height, width = shape[:2]
    return np.array([[width, 0, -0.5], [0, height, -0.5], [0, 0, 1]], np.float64)


def refined(
    first: np.ndarray,
    second: np.ndarray,
    start: np.ndarray,
    blurs: tuple[int, ...] = BLURS,
    iterations: int = 30,
) -> tuple[np.ndarray, float] | None:
    """The map near ``start`` at which two grey pictures (h, w) agree best, and their correlation, -1 to 1.

    It is found by the enhanced correlation coefficient, which no brightness or contrast changes (Evangelidis
    and Psarakis, TPAMI 30(10), 2008). Its steps can lead away from a map that was right, where little is to
    be seen at that size: then it is ``start`` itself. None where they lead nowhere: one is of one colour, or
    they have nothing in common.
    """
    place = to_pixels(start, first.shape, second.shape)
    until = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, iterations, 1e-4)
    whole = np.full(first.shape, 255, np.uint8)
    found = 0.0
    try:
        for blur in blurs:
            found, place = cv2.findTransformECC(second, first, place, cv2.MOTION_AFFINE, until, whole, blur)
    except cv2.error:
        return None
    if not np.isfinite(place).all() or not np.isfinite(found):
        return None
    if found < SURE and (before := agreement(first, second, start)) > found:
        return start, before
    return to_unit(np.asarray(place, np.float64), first.shape, second.shape), float(found)


def agreement(first: np.ndarray, second: np.ndarray, place: np.ndarray) -> float:
    """The correlation, -1 to 1, of two grey pictures (h, w) where the first lies over the second.

    -1 where that is less than LEAST_SHARED of the second, or one of the two is of one level there.
    """
    over, inside = laid_over(first, second.shape, place)
    if inside.mean() < LEAST_SHARED or not (np.ptp(over[inside]) and np.ptp(second[inside])):
        return -1.0
    return correlation(over[inside], second[inside])


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """The correlation of two rows of levels; 0 where one is of one level."""
    a, b = a - a.mean(dtype=np.float64), b - b.mean(dtype=np.float64)
    size = float(np.sqrt(np.square(a).sum() * np.square(b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


def laid_over(first: np.ndarray, shape: tuple[int, ...], place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first picture as it lies over the second of that shape (h, w), and where it does, (h, w) bool.

    Pixels that would need what is outside of the first are not counted.
    """
    height, width = shape[:2]
    pixels = to_pixels(place, first.shape, shape)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    over = cv2.warpAffine(first, pixels, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    x, y = (pixels[row, 0] * across + pixels[row, 1] * down + pixels[row, 2] for row in (0, 1))
    inside = (x >= -0.5) & (y >= -0.5) & (x <= first.shape[1] - 0.5) & (y <= first.shape[0] - 0.5)
    return over, inside
