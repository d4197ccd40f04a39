"""Where the places of descriptors mostly lie, symmetric."""

import numpy as np

from models.identity.face_places import RIGHT

# 300-W's number: x, y in pixels of an aligned chip, where the point mostly lies; left half and middle.
LEFT_AND_MIDDLE = {
    17: (37, 59), 19: (59, 48), 21: (84, 55), 36: (52, 71), 39: (77, 73), 31: (81, 115), 48: (67, 139),
    4: (36, 148), 2: (25, 112), 6: (61, 177), 27: (95.5, 69), 29: (95.5, 94), 30: (95.5, 106),
    33: (95.5, 120), 51: (95.5, 134), 57: (95.5, 155), 8: (95.5, 190),
}  # fmt: skip


def fixed_places():
    """The 27 places in an aligned chip: float32 (27, 2), x and y in pixels."""
    left = np.array(list(LEFT_AND_MIDDLE.values()), np.float32)
    right = left[: len(RIGHT)] * (-1, 1) + (191, 0)
    return np.concatenate([left, right]).astype(np.float32)
