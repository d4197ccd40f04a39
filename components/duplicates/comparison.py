"""How far two pictures differ where they lie over each other, whatever the colour of their light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from components.duplicates.registration import BLURS, correlation, laid_over, refined

LONGEST = 256  # pixels of the overlap's longer side, at which pictures are compared
BLOCKS = 10  # of a side, each of which must agree
SMOOTHING = 2.0  # pixels: deviation of the blur of differences, which takes the noise of compression away
SOFTENING = 1.0  # pixels: that of both pictures before
FLOOR = 8.0  # grey levels that count as noise in a block where nothing is to be seen
CLIPPED = (3, 252)  # levels at which a channel has lost what it had
BEYOND = 3.0  # levels outside of 0 to 255 that count as lost
NEAR = 12.0  # levels inside of 0 to 255 that do so in a colour that the tint moves
MOVED = 5.0  # levels by which it does, at mid-grey
BESIDE = 5  # side in pixels of the square around such a pixel in which none counts
LEAST_INSIDE = 0.25  # of a block's pixels, or the block says nothing


@dataclass(frozen=True)
class Comparison:
    """What registering two pictures found.

    ``place``: the map from the second to the first, as in ``registration``. ``residual``: root mean square
    difference in levels of 0 to 255 over the overlap, after ``gains`` and ``offsets`` (levels), which turn
    the first's red, green and blue into the second's. ``correlation``: of their greys, after that.
    ``worst``: the difference of the block that differs most, as a share of what is to be seen in it.
    ``grey``: one of the two has no colour.
    """

    place: np.ndarray
    correlation: float
    residual: float
    worst: float
    gains: tuple[float, float, float]
    offsets: tuple[float, float, float]
    grey: bool = False


def compared(first: np.ndarray, second: np.ndarray, start: np.ndarray) -> Comparison | None:
    """Registers two RGB pictures (h, w, 3) uint8 from a map near the right one, and compares them.

    None where no map is found.
    """
    small_first, small_second = _same_scale(first, second, start)
    greys = [cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) for small in (small_first, small_second)]
    found = refined(greys[0], greys[1], start, BLURS[-1:])
    if found is None:
        return None
    place = found[0]
    over, inside = laid_over(small_first, small_second.shape, place)
    if inside.mean() < LEAST_INSIDE:
        return None
    return _figures(over, small_second, inside, place)


def _same_scale(first: np.ndarray, second: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both, made smaller so that what they share is as large in each, and at most ``LONGEST``."""
    shapes = np.array([first.shape[:2], second.shape[:2]], np.float64)
    shares = np.array([[np.linalg.norm(place[1, :2]), np.linalg.norm(place[0, :2])], [1.0, 1.0]])
    shared = shapes * np.minimum(shares, 1)
    target = np.minimum(shared.min(axis=0), LONGEST * shared[1] / shared[1].max())
    return tuple(  # type: ignore[return-value]
        _smaller(picture, target / one) for picture, one in zip((first, second), shared, strict=True)
    )


def _smaller(picture: np.ndarray, factors: np.ndarray) -> np.ndarray:
    height, width = (
        max(8, round(side * factor)) for side, factor in zip(picture.shape, factors, strict=False)
    )
    if (height, width) == picture.shape[:2]:
        return picture
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)


def _figures(over: np.ndarray, second: np.ndarray, inside: np.ndarray, place: np.ndarray) -> Comparison:
    """Fits the tint and measures what is left, on both pictures blurred a little."""
    a, b = (cv2.GaussianBlur(one.astype(np.float32), (0, 0), SOFTENING) for one in (over, second))
    grey = _is_grey(over) != _is_grey(second)
    if grey:
        a, b = (np.repeat(one.mean(axis=2, keepdims=True), 3, axis=2) for one in (a, b))
    tint = _tints(a, b, inside)
    kept = inside & ~_lost(a, b, tint)
    if kept.mean() >= LEAST_INSIDE:
        inside, tint = kept, _tints(a, b, kept)
    differences = _differences(a, b, tint)
    alike = correlation((b + differences).mean(axis=2)[inside], b.mean(axis=2)[inside])
    squares = np.square(_blurred(differences, inside)).mean(axis=2)
    residual = float(np.sqrt(squares[inside].mean()))
    return Comparison(
        place, alike, residual, _worst(squares, b, inside), _three(tint[:, 0]), _three(tint[:, 1]), grey
    )


def _tints(a: np.ndarray, b: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Gain and offset of each colour, (3, 2) float32."""
    return np.array([_tint(a[..., c][inside], b[..., c][inside]) for c in range(3)], np.float32)


def _lost(a: np.ndarray, b: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """Where, or right beside, the tint would take a level out of its range: one of the two has lost it there.

    Levels were cut off before the pictures were made smaller, so the pixels around do not add up either.
    """
    gains = np.where(np.abs(tint[:, 0]) < 1e-3, 1, tint[:, 0])
    there, back = a * gains + tint[:, 1], (b - tint[:, 1]) / gains
    moved = np.maximum(np.abs(128 * (gains - 1) + tint[:, 1]), 128 * np.abs(gains - 1))
    beyond = np.where(moved > MOVED, -NEAR, BEYOND)
    low, high = -beyond, 255 + beyond
    lost = ((there < low) | (there > high) | (back < low) | (back > high)).any(axis=2)
    out: np.ndarray = cv2.dilate(lost.astype(np.uint8), np.ones((BESIDE, BESIDE), np.uint8)) > 0
    return out


def _differences(a: np.ndarray, b: np.ndarray, tint: np.ndarray) -> np.ndarray:
    """What b differs by from a in its tint. A level that a has lost may have been anything beyond it."""
    low, high = (level * tint[:, 0] + tint[:, 1] for level in CLIPPED)
    told = a * tint[:, 0] + tint[:, 1]
    told = np.where(a >= CLIPPED[1], np.maximum(high, b), np.where(a <= CLIPPED[0], np.minimum(low, b), told))
    out: np.ndarray = np.clip(told, 0, 255) - b
    return out


def _blurred(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The values (h, w, 3) blurred, where only those inside count."""
    share = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), SMOOTHING)
    sums = cv2.GaussianBlur(np.where(inside[..., None], values, 0).astype(np.float32), (0, 0), SMOOTHING)
    out: np.ndarray = sums / np.maximum(share, 1e-6)[..., None]
    return out


def _three(values: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _is_grey(picture: np.ndarray) -> bool:
    spread = picture.max(axis=2).astype(np.int16) - picture.min(axis=2)
    return bool(np.quantile(spread, 0.99) <= 6)


def _tint(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """Gain and offset from a to b by least squares, over values that neither has lost."""
    kept = (a > CLIPPED[0]) & (a < CLIPPED[1]) & (b > CLIPPED[0]) & (b < CLIPPED[1])
    if kept.sum() < 16:
        return 1.0, 0.0
    a, b = a[kept].astype(np.float64), b[kept].astype(np.float64)
    variance = a.var()
    gain = float(((a - a.mean()) * (b - b.mean())).mean() / variance) if variance > 1e-6 else 1.0
    return gain, float(b.mean() - gain * a.mean())


def _worst(squares: np.ndarray, second: np.ndarray, inside: np.ndarray) -> float:
    """The largest, over blocks, of the difference as a share of what is to be seen."""
    grey = second.mean(axis=2)
    height, width = grey.shape
    rows = (np.arange(height) * BLOCKS // height)[:, None]
    block = (rows * BLOCKS + np.arange(width) * BLOCKS // width).ravel()
    weight = inside.ravel().astype(np.float64)

    def summed(values: np.ndarray) -> np.ndarray:
        return np.bincount(block, values.ravel() * weight, BLOCKS**2)

    count, size = summed(np.ones_like(grey)), np.bincount(block, minlength=BLOCKS**2)
    full = count >= np.maximum(LEAST_INSIDE * size, 1)
    count = np.maximum(count, 1)
    variance = summed(np.square(grey)) / count - np.square(summed(grey) / count)
    shares = np.sqrt(summed(squares) / count / (np.maximum(variance, 0) + FLOOR**2))
    return float(shares[full].max(initial=0.0))
