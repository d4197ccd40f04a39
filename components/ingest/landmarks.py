"""Landmarks once more, on upright crops of the face: a tilted face then gets level eyes."""

import cv2
import numpy as np

from components.ingest.align import transform_points, warp
from components.ingest.networks import Networks

# Where the eyes lie in the patch that MTCNN's last network was trained on, in shares of its side.
LEFT_EYE, RIGHT_EYE = complex(0.305, 0.385), complex(0.695, 0.385)
PATCH = 48
# The first round straightens the face, the second measures it.
ROUNDS = ((1.0,), (1.0, 1.1))
MIRRORED = [1, 0, 2, 4, 3]


def level_landmarks(networks: Networks, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Landmarks [5, 2] of one face, predicted again where the face stands upright.

    Each round turns the face by the last eyes, predicts at a few zooms and on the mirror images,
    and takes the mean: the mirror cancels the network's own tilt.
    """
    for zooms in ROUNDS:
        landmarks = np.mean([_upright_landmarks(networks, image, landmarks, z) for z in zooms], axis=0)
    return landmarks


def _upright_landmarks(
    networks: Networks, image: np.ndarray, landmarks: np.ndarray, zoom: float
) -> np.ndarray:
    matrix = _patch_matrix(landmarks, zoom)
    patch = warp(image, matrix, PATCH)
    _, _, (plain, mirrored) = networks.output(np.stack([patch, patch[:, ::-1]]))
    mirrored = mirrored[MIRRORED] * (-1, 1) + (1, 0)
    points = (plain + mirrored) / 2 * PATCH - 0.5
    inverse = cv2.invertAffineTransform(matrix)
    return transform_points(inverse, points)


def _patch_matrix(landmarks: np.ndarray, zoom: float) -> np.ndarray:
    """The similarity that puts the eyes where the network expects them; `zoom` > 1 shows more."""
    left, right = complex(*landmarks[0]), complex(*landmarks[1])
    centre = 0.5 + 0.5j
    start, end = (PATCH * (centre + (eye - centre) / zoom) - 0.5 - 0.5j for eye in (LEFT_EYE, RIGHT_EYE))
    turn = (end - start) / (right - left)
    shift = start - turn * left
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
