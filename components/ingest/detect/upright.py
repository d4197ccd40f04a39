"""From what a detector found to faces that stand upright: too small, doubtful and unsettled ones go."""

from dataclasses import replace

import numpy as np

from components.ingest.detect import mtcnn
from components.ingest.detect.levelling import level_landmarks, patch_box
from components.ingest.detect.mtcnn import Detections
from components.ingest.detect.networks import Networks
from components.ingest.settings import IngestSettings

BOX_MARGIN = 0.1  # a box of Haar, HOG or BlazeFace is tighter than what MTCNN's last network expects
APART = 0.3  # of a face's side: two faces whose middles are nearer are one


def checked(networks: Networks, image: np.ndarray, boxes: np.ndarray) -> Detections:
    """Those boxes (left, top, width, height) that MTCNN's last network takes for faces."""
    if not len(boxes):
        return mtcnn.no_detections()
    grown = boxes[:, 2:] * BOX_MARGIN
    corners = np.concatenate([boxes[:, :2] - grown, boxes[:, :2] + boxes[:, 2:] + grown], axis=1)
    return mtcnn.landmarks_in(networks, image, mtcnn.square(corners))


def upright(networks: Networks, image: np.ndarray, found: Detections, settings: IngestSettings) -> Detections:
    """The faces of at least `min_face` pixels and `min_score`, with their landmarks levelled.

    A face whose score falls below `min_score` as it is brought upright is left out, and counted in
    `unsettled`: its chip would show no face.
    """
    wide = found.boxes[:, 2:].max(axis=1, initial=0.0) >= settings.min_face
    found = found.keep(wide & (found.scores >= settings.min_score))
    if not len(found) or found.landmarks is None:
        return found
    levelled = [level_landmarks(networks, image, face) for face in found.landmarks]
    boxes = [
        patch_box(face.points) if face.turned else box
        for face, box in zip(levelled, found.boxes, strict=True)
    ]
    points = np.stack([face.points for face in levelled])
    settled = np.array([face.score >= settings.min_score for face in levelled])
    every = Detections(np.array(boxes, float), np.clip(found.scores, 0, 1), points)
    return replace(distinct(every.keep(settled)), unsettled=int(np.sum(~settled)))


def distinct(found: Detections) -> Detections:
    """The faces without those that a surer one is the same as: a turned face may be found twice."""
    if found.landmarks is None:
        return found
    middles = found.landmarks.mean(axis=1)
    kept: list[int] = []
    for index in np.argsort(-found.scores, kind="stable").tolist():
        near = APART * found.boxes[index, 2:].max()
        if all(np.hypot(*(middles[index] - middles[other])) > near for other in kept):
            kept.append(index)
    return replace(found.keep(np.sort(np.array(kept, int))), unsettled=found.unsettled)


def eye_angles(found: Detections) -> np.ndarray:
    """Degrees (n,), -180 to 180, from level to the line of each face's eyes, clockwise in the picture."""
    if found.landmarks is None or not len(found):
        return np.zeros(0)
    across = found.landmarks[:, 1] - found.landmarks[:, 0]
    angles: np.ndarray = np.degrees(np.arctan2(across[:, 1], across[:, 0]))
    return angles
