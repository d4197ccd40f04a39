"""The 68 landmarks of a face in the order of 300-W (iBUG): what they mark, and how a mirror permutes them."""

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
    """The points (..., 68, 2) of the mirror image; ``last`` is the picture's last column.

    Without ``last`` the points are taken for moves.
    """
    turned: np.ndarray = points[..., list(MIRRORED), :] * np.array((-1, 1), points.dtype)
    turned = turned + np.array((last, 0), points.dtype)
    return turned
