"""How well each face can show who it is, judged without labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from components.face_table import FaceTable
from schemas.face import Face

# Each measure, for which larger is better, and the word for a face that is low in it.
WORDS = {
    "side": "small",
    "sharpness": "blurred",
    "frontal": "turned away",
    "agreement": "hard to place",
    "likeness": "unlike all others",
}
# 300-W's points that MTCNN's five stand for: eyes, tip of the nose, corners of the mouth.
FIVE = (range(36, 42), range(42, 48), (30,), (48,), (54,))


@dataclass(frozen=True)
class Quality:
    """The quality of n faces: ``score`` float64 in (0, 1), and ``weakest``, in which of ``names`` it is
    lowest.

    A score is the share of all faces that are worse than the face in its weakest measure.
    """

    score: np.ndarray
    weakest: np.ndarray
    names: tuple[str, ...]


def quality_of(faces: FaceTable, norms: np.ndarray | None = None) -> Quality | None:
    """The quality of each face among all n; None if it is not known how they were found.

    The measures are: the side of the face in the photo; its sharpness; how near the nose is to the middle of
    the eyes; how little two finders of landmarks differ, if both ran; and how short the embedding is before
    it is scaled to length 1 (``norms`` (n,), if the model gives it). Faces that were cut out wrongly, are
    covered, or are no faces are far from the mean face. A measure that is not known of all faces is left out.
    """
    if len(faces.found) != len(faces) or not len(faces):
        return None
    columns = {name: np.array([measure(one) for one in faces.found]) for name, measure in MEASURES.items()}
    if norms is not None:
        columns["likeness"] = -np.asarray(norms, float)
    known = {name: values for name, values in columns.items() if np.isfinite(values).all()}
    if not known:
        return None
    ranks = np.stack([(rankdata(values) - 0.5) / len(faces) for values in known.values()], axis=1)
    names = tuple(known)
    weakest = np.array(names)[ranks.argmin(axis=1)]
    return Quality(ranks.min(axis=1), weakest, names)


def frontal(face: Face) -> float:
    """Minus the distance in chip pixels, sideways, from the nose to the middle of the eyes."""
    points = np.reshape(face.landmarks, (-1, 2))
    return -abs(points[2, 0] - points[:2, 0].mean()) if len(points) else float("nan")


def agreement(face: Face) -> float:
    """Minus the mean distance in chip pixels between the five landmarks and the same among the 68."""
    if not face.landmarks or not face.landmarks68:
        return float("nan")
    dense = np.reshape(face.landmarks68, (-1, 2))
    five = np.array([dense[list(points)].mean(axis=0) for points in FIVE])
    return -float(np.hypot(*(five - np.reshape(face.landmarks, (-1, 2))).T).mean())


MEASURES: dict[str, Callable[[Face], float]] = {
    "side": lambda face: face.side,
    "sharpness": lambda face: face.sharpness,
    "frontal": frontal,
    "agreement": agreement,
}


def founders(quality: Quality | None, rows: np.ndarray, share: float) -> np.ndarray:
    """Those of rows (m,) that found groups: the ``share`` of highest quality, in their order."""
    if quality is None or share >= 1 or len(rows) < 2:
        return rows
    score = quality.score[rows]
    return np.sort(rows[np.argsort(-score, kind="stable")[: n_founders(len(rows), share)]])


def n_founders(n: int, share: float) -> int:
    """The number of n train faces that found groups: two at least, where there are two."""
    return min(n, max(2, math.ceil(share * n)))
