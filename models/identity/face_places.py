"""The places of a face that local descriptors are taken at, and which of them is whose mirror image.

They are 27 of the 68 points of 300-W's order: brows (three each), corners of the eyes, bridge, tip and wings
of the nose, corners and middles of the mouth, chin and jaw.
"""

from __future__ import annotations

import numpy as np

from schemas import landmarks
from schemas.face import CHIP_SIZE

# 300-W's index: x, y in pixels of an aligned chip, where the point mostly lies; left half and middle.
LEFT_AND_MIDDLE = {
    17: (37, 59), 19: (59, 48), 21: (84, 55), 36: (52, 71), 39: (77, 73), 31: (81, 115), 48: (67, 139),
    4: (36, 148), 2: (25, 112), 6: (61, 177), 27: (95.5, 69), 29: (95.5, 94), 30: (95.5, 106),
    33: (95.5, 120), 51: (95.5, 134), 57: (95.5, 155), 8: (95.5, 190),
}  # fmt: skip
RIGHT = {p: landmarks.MIRRORED[p] for p in LEFT_AND_MIDDLE if landmarks.MIRRORED[p] != p}
PLACES = (*LEFT_AND_MIDDLE, *RIGHT.values())
# Of each place the position in PLACES of its mirror image.
MIRRORED = np.array(
    [PLACES.index(RIGHT.get(p, p)) for p in LEFT_AND_MIDDLE] + [PLACES.index(p) for p in RIGHT]
)
DISTINCT = len(LEFT_AND_MIDDLE)  # a face and its mirror image together say the same of both halves


def fixed_places() -> np.ndarray:
    """Where the 27 places mostly lie in an aligned chip, symmetric: float32 (27, 2), x and y in pixels."""
    left = np.array(list(LEFT_AND_MIDDLE.values()), np.float32)
    right = left[: len(RIGHT)] * (-1, 1) + (CHIP_SIZE - 1, 0)
    return np.concatenate([left, right]).astype(np.float32)
