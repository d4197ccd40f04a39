"""The occlusion operator: what a mask hides is replaced (P2, equation 6.1)."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from components.segment.regions import region

BLUR = 1 / 12  # deviation of the blur, as a share of the picture's width: eyes and mouth are gone


def occluded(chip: np.ndarray, shown: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """``m x + (1 - m) c``: chip (h, w, 3) uint8 where shown (h, w) bool, else fill (h, w, 3) or (3,)."""
    kept: np.ndarray = np.where(shown[:, :, None], chip, fill)
    return kept


def black(chip: np.ndarray, points: np.ndarray) -> np.ndarray:
    """c = 0, as in the paper."""
    return np.zeros(3, np.uint8)


def image_mean(chip: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The chip's mean colour."""
    return _colour(chip.reshape(-1, 3))


def blurred(chip: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The chip itself without its details: light and colours stay where they are."""
    found: np.ndarray = cv2.GaussianBlur(chip, (0, 0), BLUR * chip.shape[1], borderType=cv2.BORDER_REPLICATE)
    return found


def skin(chip: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The mean colour of the cheeks; ValueError where none of them is in the chip."""
    cheeks = region("cheeks", points, chip.shape[:2])
    if not cheeks.any():
        raise ValueError("Neither cheek is in the chip. Expected a part of one, to take its colour.")
    return _colour(chip[cheeks])


def _colour(pixels: np.ndarray) -> np.ndarray:
    """The mean (3,) uint8 of pixels (n, 3)."""
    colour: np.ndarray = np.round(pixels.mean(axis=0)).astype(np.uint8)
    return colour


Fill = Callable[[np.ndarray, np.ndarray], np.ndarray]
# What takes the place of what is hidden, from a chip (h, w, 3) uint8 and its points (68, 2).
FILLS: dict[str, Fill] = {"black": black, "mean": image_mean, "blur": blurred, "skin": skin}
