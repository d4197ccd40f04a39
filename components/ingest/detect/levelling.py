"""Predicts landmarks again on upright crops of the face, so that a tilted face gets level eyes."""

import cmath
import math

import cv2
import numpy as np

from components.ingest.detect.networks import Networks
from components.ingest.frames.align import transform_points, warp

# The places of the eyes in the patches that MTCNN's last network was trained on, in shares of their side.
LEFT_EYE, RIGHT_EYE = complex(0.305, 0.385), complex(0.695, 0.385)
PATCH = 48
ZOOMS = (1.0, 1.1)
SETTLED = 0.5  # degrees
MAX_ROUNDS = 3
MIRRORED = [1, 0, 2, 4, 3]


def level_landmarks(networks: Networks, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Landmarks [5, 2] of one face, predicted again where the face stands upright.

    A first prediction straightens the face. Each round then turns it by its last eyes, predicts at a few
    zooms and on the mirror images, and takes the mean: the mirror cancels the network's own tilt. It ends
    when a round turns the eyes by less than `SETTLED` degrees, or after `MAX_ROUNDS`.
    """
    matrix = _patch_matrix(landmarks, 1.0)
    _, _, (looked,) = networks.output(warp(image, matrix, PATCH)[None])
    landmarks = _in_image(matrix, looked)
    for _ in range(MAX_ROUNDS):
        before = landmarks
        landmarks = np.mean([_upright_landmarks(networks, image, landmarks, z) for z in ZOOMS], axis=0)
        if _turn(before, landmarks) < SETTLED:
            break
    return landmarks


def _upright_landmarks(
    networks: Networks, image: np.ndarray, landmarks: np.ndarray, zoom: float
) -> np.ndarray:
    matrix = _patch_matrix(landmarks, zoom)
    patch = warp(image, matrix, PATCH)
    _, _, (plain, mirrored) = networks.output(np.stack([patch, patch[:, ::-1]]))
    mirrored = mirrored[MIRRORED] * (-1, 1) + (1, 0)
    return _in_image(matrix, (plain + mirrored) / 2)


def _in_image(matrix: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Turns points in shares of a patch's side into pixels of the image; `matrix` maps image to patch."""
    return transform_points(cv2.invertAffineTransform(matrix), shares * PATCH - 0.5)


def _turn(before: np.ndarray, after: np.ndarray) -> float:
    """Degrees, 0 to 180, between the eyes' lines of two sets of landmarks."""
    first, second = (complex(*(points[1] - points[0])) for points in (before, after))
    return abs(math.degrees(cmath.phase(second * first.conjugate())))


def _patch_matrix(landmarks: np.ndarray, zoom: float) -> np.ndarray:
    """The similarity that puts the eyes where the network expects them; `zoom` > 1 shows more."""
    left, right = complex(*landmarks[0]), complex(*landmarks[1])
    centre = 0.5 + 0.5j
    start, end = (PATCH * (centre + (eye - centre) / zoom) - 0.5 - 0.5j for eye in (LEFT_EYE, RIGHT_EYE))
    turn = (end - start) / (right - left)
    shift = start - turn * left
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
