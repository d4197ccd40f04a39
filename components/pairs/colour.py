"""A yardstick that knows nothing of faces: two numbers a photo, its mean colour.

Photos of parent and child are often cut out of one photo. Then the light alone tells kin, and a figure of kin
says little of what a model sees in two faces (measured: AUC .81 for these two numbers on KinFaceW-II).
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np


def mean_colours(images: Iterable[np.ndarray]) -> np.ndarray:
    """The mean a and b of CIE Lab of each image (h, w, 3) uint8 RGB: float64 (n, 2), without lightness."""
    rows = []
    for image in images:
        lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
        rows.append(lab[..., 1:].mean(axis=(0, 1), dtype=np.float64))
    return np.array(rows, np.float64).reshape(-1, 2)


def colour_scores(colours: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """How near the colours (n, 2) of each pair of rows (p, 2) are: minus their distance, float64 (p,)."""
    scores: np.ndarray = -np.linalg.norm(colours[rows[:, 0]] - colours[rows[:, 1]], axis=1)
    return scores
