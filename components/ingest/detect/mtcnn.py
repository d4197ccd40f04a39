"""The MTCNN cascade: proposals over a pyramid, two networks that filter them, five landmarks.

Zhang, Zhang, Li and Qiao, "Joint Face Detection and Alignment Using Multitask Cascaded
Convolutional Networks", 2016, with its thresholds and pyramid step. All levels of the pyramid go
through the first network on one tape, and every crop is averaged down, not picked,
from the photo.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from components.ingest.detect.networks import Networks
from components.ingest.detect.tape import CELL, GREY, STRIDE, Strip, lay_out

PYRAMID_STEP = 0.709
PROPOSAL_SCORE, REFINED_SCORE, OUTPUT_SCORE = 0.6, 0.7, 0.8
MAX_PROPOSALS = 400


@dataclass(frozen=True)
class Detections:
    """Faces of one picture: boxes [n, 4] (left, top, width, height), scores [n] in [0, 1] falling,
    landmarks [n, 5, 2] (x, y; pixel centres are whole numbers) or None."""

    boxes: np.ndarray
    scores: np.ndarray
    landmarks: np.ndarray | None
    unsettled: int = 0  # faces that were seen and could not be brought upright

    def __len__(self) -> int:
        return len(self.boxes)

    def keep(self, which: np.ndarray) -> "Detections":
        """Only the faces that `which`, a mask or indices, picks."""
        points = None if self.landmarks is None else self.landmarks[which]
        return Detections(self.boxes[which], self.scores[which], points)

    def scaled(self, factor: float) -> "Detections":
        """The same faces in a picture `factor` times as large."""
        points = None if self.landmarks is None else (self.landmarks + 0.5) * factor - 0.5
        return Detections(self.boxes * factor, self.scores, points)

    def moved(self, x: float, y: float) -> "Detections":
        """The same faces in a picture that begins so many pixels further left and up."""
        points = None if self.landmarks is None else self.landmarks + np.array([x, y])
        return Detections(self.boxes + np.array([x, y, 0, 0]), self.scores, points)


def no_detections() -> Detections:
    """No face."""
    return Detections(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2)))


def detect(
    networks: Networks,
    image: np.ndarray,
    min_face: float,
    proposal_score: float = PROPOSAL_SCORE,
    max_face: float = math.inf,
    step: float = PYRAMID_STEP,
) -> Detections:
    """All faces of a uint8 RGB picture [h, w, 3] whose box is about `min_face` to `max_face` pixels.

    They are looked for in sizes, each `step` times the last, by cells that score above `proposal_score`.
    """
    corners = _propose(networks, image, _pyramid(image, min_face, max_face, step), proposal_score)
    if not len(corners):
        return no_detections()
    scores, shifts = networks.refine(cut(image, corners, 24))
    corners = corners + shifts * _side(corners)
    sure = scores > REFINED_SCORE
    corners, scores = corners[sure], scores[sure]
    kept = suppress(corners, scores, 0.7)
    corners = square(corners[kept])
    if not len(corners):
        return no_detections()
    return landmarks_in(networks, image, corners)


def landmarks_in(networks: Networks, image: np.ndarray, corners: np.ndarray) -> Detections:
    """Scores, refined boxes and landmarks for square boxes [n, 4] given by their corners."""
    scores, shifts, shares = networks.output(cut(image, corners, 48))
    side = _side(corners)
    points = corners[:, None, :2] + shares * side[:, :, None] - 0.5
    corners = corners + shifts * side
    sure = scores > OUTPUT_SCORE
    corners, scores, points = corners[sure], scores[sure], points[sure]
    kept = suppress(corners, scores, 0.7, by_smaller=True)
    corners = corners[kept]
    boxes = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    return Detections(boxes, scores[kept], points[kept])


def _propose(networks: Networks, image: np.ndarray, levels: Sequence[np.ndarray], least: float) -> np.ndarray:
    """Squares [n, 4], by their corners, where the first network sees a face with a score above `least`."""
    if not levels:
        return np.zeros((0, 4))
    tape, strips = lay_out(levels)
    face, shifts = networks.propose(tape)
    corners, scores = [], []
    for number, level in enumerate(levels):
        of_level = [strip for strip in strips if strip.level == number]
        cells, level_scores = _cells(level.shape[1], of_level, face, shifts, least)
        kept = suppress(cells, level_scores, 0.5)
        scale = np.array([image.shape[1] / level.shape[1], image.shape[0] / level.shape[0]] * 2)
        corners.append(cells[kept] * scale)
        scores.append(level_scores[kept])
    all_corners, all_scores = np.concatenate(corners), np.concatenate(scores)
    kept = suppress(all_corners, all_scores, 0.7)[:MAX_PROPOSALS]
    return square(all_corners[kept])


def _cells(
    width: int, strips: Sequence[Strip], face: np.ndarray, shifts: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Corners [n, 4] in pixels of a level, and scores, of its strips' cells that score above `least`."""
    corners, scores = [], []
    for strip in strips:
        where = strip.cells(width)
        found = np.argwhere(face[where] > least)
        start = found[:, ::-1] * float(STRIDE) + (0, strip.top)
        picked = tuple(found.T)
        corners.append(np.concatenate([start, start + CELL], axis=1) + shifts[where][picked] * CELL)
        scores.append(face[where][picked])
    return np.concatenate(corners), np.concatenate(scores)


def _pyramid(image: np.ndarray, min_face: float, max_face: float, step: float) -> list[np.ndarray]:
    """Reduced (or, for small pictures, enlarged) copies in which faces become CELL pixels wide."""
    levels: list[np.ndarray] = []
    scale, previous = CELL / min_face, image
    while min(image.shape[:2]) * scale >= CELL <= max_face * scale:
        size = tuple(max(CELL, round(side * scale)) for side in image.shape[1::-1])
        shrinks = size[0] <= previous.shape[1]
        previous = cv2.resize(previous, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
        levels.append(previous)
        scale *= step
    return levels


def _side(corners: np.ndarray) -> np.ndarray:
    side: np.ndarray = corners[:, 2:3] - corners[:, :1]
    return side


def square(corners: np.ndarray) -> np.ndarray:
    """The squares [n, 4] around the same centres, on the longer side."""
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    half = (corners[:, 2:] - corners[:, :2]).max(axis=1, keepdims=True) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def suppress(
    corners: np.ndarray, scores: np.ndarray, threshold: float, by_smaller: bool = False
) -> np.ndarray:
    """Indices kept by non-maximum suppression, best first.

    A box goes when its overlap with a better one, over their union (or over the smaller of the
    two), is above `threshold`.
    """
    order = np.argsort(-scores, kind="stable")
    boxes = corners[order]
    sizes = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1)
    alive = np.ones(len(order), bool)
    for index in range(len(order)):
        if not alive[index]:
            continue
        later = slice(index + 1, None)
        overlap = np.minimum(boxes[index, 2:], boxes[later, 2:]) - np.maximum(
            boxes[index, :2], boxes[later, :2]
        )
        shared = np.maximum(overlap, 0).prod(axis=1)
        least = np.minimum(sizes[index], sizes[later])
        over = least if by_smaller else sizes[index] + sizes[later] - shared
        alive[later] &= shared <= threshold * over
    return order[alive]


def cut(image: np.ndarray, corners: np.ndarray, size: int) -> np.ndarray:
    """Square boxes [n, 4] as patches [n, size, size, 3]; grey outside the picture."""
    patches = np.empty((len(corners), size, size, 3), np.uint8)
    levels = [image]
    for index, (left, top, right, _) in enumerate(corners):
        side = max(right - left, 1.0)
        depth = max(0, round(float(np.log2(side / size))))
        while len(levels) <= depth:
            levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
        level = levels[depth]
        x_scale, y_scale = (level.shape[i] / image.shape[i] for i in (1, 0))
        x_zoom, y_zoom = size / (side * x_scale), size / (side * y_scale)
        matrix = np.array(
            [
                [x_zoom, 0, (x_zoom - 1) / 2 - left * x_scale * x_zoom],
                [0, y_zoom, (y_zoom - 1) / 2 - top * y_scale * y_zoom],
            ]
        )
        patches[index] = cv2.warpAffine(level, matrix, (size, size), borderValue=GREY)
    return patches
