"""Masks of the same area at places that mean nothing: black itself moves a network, wherever it is."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from components.occlude.families import Window

WAVES = 4  # harmonics of a blob's outline
DEPTH = 0.25  # of each, at most, as a share of the radius
SHAPES = ("strip", "blob")


def strip_like(area: int, place: float, window: Window, shape: tuple[int, int]) -> np.ndarray:
    """What is shown around a strip of ``area`` pixels over the window's full width: bool (h, w).

    ``place`` in [0, 1] is where it lies between the window's top and bottom. Its last row is cut short, so
    that the area is exact.
    """
    hidden = _of_area(area, window)
    rows = -(-hidden // window.width)
    top = window.top + round(place * (window.height - rows))
    kept = np.ones(shape, bool)
    flat = np.ones(rows * window.width, bool)
    flat[:hidden] = False
    kept[top : top + rows, window.left : window.right] = flat.reshape(rows, window.width)
    return kept


def blob_like(area: int, seed: int, window: Window, shape: tuple[int, int]) -> np.ndarray:
    """What is shown around a blob of ``area`` pixels in the window, drawn by ``seed``: bool (h, w).

    The blob is the pixels that are nearest to a drawn place, by a distance that is drawn for each direction;
    where the window ends, it goes on along the border, so that the area is exact.
    """
    flat = np.ones(window.width * window.height, bool)
    flat[_order(seed, window)[: _of_area(area, window)]] = False
    kept = np.ones(shape, bool)
    kept[window.top : window.bottom, window.left : window.right] = flat.reshape(window.height, window.width)
    return kept


@lru_cache(maxsize=8)
def _order(seed: int, window: Window) -> np.ndarray:
    """The window's pixels (h * w,), those first that a blob takes first: int64."""
    drawn = np.random.default_rng(seed)
    middle = drawn.uniform((window.top, window.left), (window.bottom, window.right)) - 0.5
    sizes, phases = drawn.uniform(0, DEPTH, WAVES), drawn.uniform(0, 2 * np.pi, WAVES)
    y, x = np.mgrid[window.top : window.bottom, window.left : window.right]
    down, along = y - middle[0], x - middle[1]
    angle = np.arctan2(down, along)
    waves = np.arange(1, WAVES + 1)[:, None, None]
    outline = 1 + (sizes[:, None, None] * np.cos(waves * angle + phases[:, None, None])).sum(axis=0)
    order: np.ndarray = np.argsort(
        (np.hypot(down, along) / np.maximum(outline, DEPTH)).ravel(), kind="stable"
    )
    return order


def _of_area(area: int, window: Window) -> int:
    """The area, checked: ValueError unless the window has as many pixels."""
    if not 0 <= area <= window.width * window.height:
        raise ValueError(
            f"Expected an area within the window's {window.width * window.height} pixels; received {area}."
        )
    return area
