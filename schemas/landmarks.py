"""The 68 landmarks of a face in the order of 300-W (iBUG): what they mark, and where a mirror puts them."""

import numpy as np

N_POINTS = 68
# Point i of a mirrored face is point MIRRORED[i] of the face.
MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31),
    *range(35, 30, -1),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),
    *range(59, 54, -1),
    *range(64, 59, -1),
    *range(67, 64, -1),
)


def mirrored_points(points: np.ndarray, last: float = 0.0) -> np.ndarray:
    """Points (..., 68, 2) as those of the mirror image; ``last`` is the picture's last column.

    Without it they are moves.
    """
    return points[..., list(MIRRORED), :] * np.array((-1, 1), points.dtype) + np.array(
        (last, 0), points.dtype
    )
