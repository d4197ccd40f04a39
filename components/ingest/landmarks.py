"""Landmarks once more, on upright crops of the face: a tilted face then gets level eyes."""

import cv2
import numpy as np

from components.ingest.networks import Networks

# Where the eyes lie in the patch that MTCNN's last network was trained on, in shares of its side.
LEFT_EYE, RIGHT_EYE = complex(0.305, 0.385), complex(0.695, 0.385)
PATCH = 48
ROUNDS = 2
ZOOMS = (1.0, 1.1)
MIRRORED = [1, 0, 2, 4, 3]
OVERSAMPLING = 2


def level_landmarks(
    networks: Networks, image: np.ndarray, landmarks: np.ndarray, rounds: int = ROUNDS
) -> np.ndarray:
    """Landmarks [5, 2] of one face, predicted again where the face stands upright.

    Each round turns the face by the last eyes, predicts on a few zooms and on their mirror images,
    and takes the mean: the mirror cancels the network's own tilt.
    """
    for _ in range(rounds):
        found = []
        for zoom in ZOOMS:
            matrix = _patch_matrix(landmarks, zoom)
            patch = _upright_patch(image, matrix)
            pair = np.stack([patch, patch[:, ::-1]])
            _, _, shares = networks.output(pair)
            plain, mirrored = shares
            mirrored = mirrored[MIRRORED] * (-1, 1) + (1, 0)
            points = (plain + mirrored) / 2 * PATCH - 0.5
            inverse = cv2.invertAffineTransform(matrix)
            found.append(points @ inverse[:, :2].T + inverse[:, 2])
        landmarks = np.mean(found, axis=0)
    return landmarks


def _patch_matrix(landmarks: np.ndarray, zoom: float) -> np.ndarray:
    """The similarity that puts the eyes where the network expects them; `zoom` > 1 shows more."""
    left, right = complex(*landmarks[0]), complex(*landmarks[1])
    centre = 0.5 + 0.5j
    start, end = (PATCH * (centre + (eye - centre) / zoom) - 0.5 - 0.5j for eye in (LEFT_EYE, RIGHT_EYE))
    turn = (end - start) / (right - left)
    shift = start - turn * left
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _upright_patch(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    factor = OVERSAMPLING
    larger = matrix * factor
    larger[:, 2] += (factor - 1) / 2
    size = (PATCH * factor, PATCH * factor)
    patch = cv2.warpAffine(image, larger, size, borderMode=cv2.BORDER_REPLICATE)
    return cv2.resize(patch, (PATCH, PATCH), interpolation=cv2.INTER_AREA)
