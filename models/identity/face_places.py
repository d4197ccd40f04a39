"""The places of a face that local descriptors are taken at, and which of them is whose mirror image.

They are 27 of the 68 points of 300-W's order: brows (three each), corners of the eyes, bridge, tip and wings
of the nose, corners and middles of the mouth, chin and jaw.
"""

from __future__ import annotations

import numpy as np

from schemas import landmarks

LEFT_AND_MIDDLE = (17, 19, 21, 36, 39, 31, 48, 4, 2, 6, 27, 29, 30, 33, 51, 57, 8)  # by 300-W's numbers
RIGHT = {p: landmarks.MIRRORED[p] for p in LEFT_AND_MIDDLE if landmarks.MIRRORED[p] != p}
PLACES = (*LEFT_AND_MIDDLE, *RIGHT.values())
# Of each place the position in PLACES of its mirror image.
MIRRORED = np.array(
    [PLACES.index(RIGHT.get(p, p)) for p in LEFT_AND_MIDDLE] + [PLACES.index(p) for p in RIGHT]
)
DISTINCT = len(LEFT_AND_MIDDLE)  # a face and its mirror image together say the same of both halves
