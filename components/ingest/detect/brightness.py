"""A dark photo, brightened: the last look at one in which no face was found."""

from __future__ import annotations

import cv2
import numpy as np

BRIGHT = 128  # grey level that the brightest pixels of a usual photo exceed
BRIGHTEST = 99.5  # per cent of the pixels that are darker than those
STEP = 4  # of every so many rows and columns one is looked at


def brightened(image: np.ndarray) -> np.ndarray | None:
    """A dark photo (h, w, 3) uint8 with its brightest pixels white; None for any other, and a black one."""
    top = float(np.percentile(image[::STEP, ::STEP].max(axis=2), BRIGHTEST))
    if not 0 < top < BRIGHT:
        return None
    return cv2.convertScaleAbs(image, alpha=255.0 / top)
