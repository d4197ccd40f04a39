"""Predicts landmarks again on upright crops of the face, so that a tilted face gets level eyes."""

import cmath
import math
from dataclasses import dataclass

import cv2
import numpy as np

from components.ingest.detect.networks import Networks
from components.ingest.frames.align import transform_points, warp

# The places of the eyes in the patches that MTCNN's last network was trained on, in shares of their side.
LEFT_EYE, RIGHT_EYE = complex(0.305, 0.385), complex(0.695, 0.385)
PATCH = 48
MIDDLE = complex((PATCH - 1) / 2, (PATCH - 1) / 2)
ZOOMS = (1.0, 1.1)
SETTLED = 0.5  # degrees
MAX_ROUNDS = 3
MIRRORED = [1, 0, 2, 4, 3]
# Log-odds of a face once it is upright: faces that are have 8 and more, all but one in twenty; the chips of
# nostrils and chins that a face upside down gives have 6 at most, and the same turned rightly has more.
DOUBT = 6.0
LIKELIER = 1.0  # log-odds that a turn has to gain


@dataclass(frozen=True)
class Levelled:
    """Landmarks [5, 2] of a face brought upright, and the last network's log-odds that it is one there.

    ``turned``: it is another quarter turn than the detector took it for.
    """

    points: np.ndarray
    odds: float
    turned: bool = False

    @property
    def score(self) -> float:
        """The probability of a face, in [0, 1]."""
        return 1.0 / (1.0 + math.exp(-self.odds))


def level_landmarks(networks: Networks, image: np.ndarray, landmarks: np.ndarray) -> Levelled:
    """Landmarks [5, 2] of one face, predicted again where the face stands upright.

    A first prediction straightens the face. Each round then turns it by its last eyes, predicts at a few
    zooms and on the mirror images, and takes the mean: the mirror cancels the network's own tilt. It ends
    when a round turns the eyes by less than `SETTLED` degrees, or after `MAX_ROUNDS`.

    A face that is not surely upright then is looked at by quarter turns too: one that is upside down, or
    lies on its side, is found often enough, with its landmarks at nostrils and chin.
    """
    found = _level(networks, image, landmarks)
    if found.odds >= DOUBT:
        return found
    others = [_level(networks, image, _quarter(found.points, turns)) for turns in (1, 2, 3)]
    best = max(others, key=lambda other: other.odds)
    if best.odds <= found.odds + LIKELIER:
        return found
    return Levelled(best.points, best.odds, turned=True)


def patch_box(landmarks: np.ndarray) -> tuple[float, float, float, float]:
    """Left, top, width and height of the square around the patch in which the face stands upright."""
    left, right = complex(*landmarks[0]), complex(*landmarks[1])
    side = abs(right - left) / (RIGHT_EYE - LEFT_EYE).real
    inverse = cv2.invertAffineTransform(_patch_matrix(landmarks, 1.0))
    x, y = transform_points(inverse, np.array([[MIDDLE.real, MIDDLE.imag]]))[0]
    return float(x + 0.5 - side / 2), float(y + 0.5 - side / 2), side, side


def _level(networks: Networks, image: np.ndarray, landmarks: np.ndarray) -> Levelled:
    matrix = _patch_matrix(landmarks, 1.0)
    _, _, (looked,) = networks.output(warp(image, matrix, (PATCH, PATCH))[None])
    landmarks = _in_image(matrix, looked)
    for _ in range(MAX_ROUNDS):
        looks = [_look_upright(networks, image, landmarks, zoom) for zoom in ZOOMS]
        before, landmarks = landmarks, np.mean([look.points for look in looks], axis=0)
        if _turn(before, landmarks) < SETTLED:
            break
    return Levelled(landmarks, looks[0].odds)


def _look_upright(networks: Networks, image: np.ndarray, landmarks: np.ndarray, zoom: float) -> Levelled:
    matrix = _patch_matrix(landmarks, zoom)
    patch = warp(image, matrix, (PATCH, PATCH))
    scores, _, (plain, mirrored) = networks.output(np.stack([patch, patch[:, ::-1]]))
    mirrored = mirrored[MIRRORED] * (-1, 1) + (1, 0)
    return Levelled(_in_image(matrix, (plain + mirrored) / 2), _log_odds(scores))


def _log_odds(scores: np.ndarray) -> float:
    """The mean log-odds of probabilities that float32 rounds to 1."""
    chance = np.clip(scores.astype(np.float64), 1e-9, 1 - 1e-9)
    return float(np.mean(np.log(chance / (1 - chance))))


def _quarter(landmarks: np.ndarray, turns: int) -> np.ndarray:
    """Both eyes [2, 2] where they would be if the face were so many quarter turns away in its patch."""
    eyes = [MIDDLE + (PATCH * eye - 0.5 - 0.5j - MIDDLE) * 1j**turns for eye in (LEFT_EYE, RIGHT_EYE)]
    inverse = cv2.invertAffineTransform(_patch_matrix(landmarks, 1.0))
    return transform_points(inverse, np.array([[eye.real, eye.imag] for eye in eyes]))


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
