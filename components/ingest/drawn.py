"""A face in a box that a person has drawn: aligned by its five points if they are found, else as it lies."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence

import numpy as np

from components.ingest.detect import mtcnn
from components.ingest.detect.brightness import brightened
from components.ingest.detect.networks import Networks
from components.ingest.detect.tape import CELL
from components.ingest.detect.upright import checked, upright
from components.ingest.frames import align
from components.ingest.photos import cut_face
from components.ingest.settings import IngestSettings
from schemas.face import Face

# Where the boxes of detected faces lie in chips: the median over 1,397 faces of ORL, LFW's development photos
# and CelebA is (92.6, 89.0), with a mean of width and height of 160.7 (by five points 92.6, 89.8, 159.3).
# Across it is the middle between the eyes here: MTCNN's boxes lie to its left, a person's to neither side.
MIDDLE, SIDE = (96.0, 89.0), 160.0
# The squares in which the points are looked for: their sides, and how far their middles are from the box's,
# in shares of its longer side. People draw round a face, or round a head, which is about half as large again.
SIDES = (0.55, 0.7, 0.85, 1.0, 1.2)
SHIFTS = (-0.15, 0.0, 0.15)

Box = tuple[float, float, float, float]


def face_in_box(
    image: np.ndarray, box: Sequence[float], settings: IngestSettings, networks: Networks | None = None
) -> Face:
    """The face in a box drawn by hand, whatever its size and however sure it is one.

    Its five points are looked for in and around the box by the detector's last network; of several faces the
    one whose box overlaps the drawn one most is taken, if its middle lies in that. Where there is none, the
    box is cut out as it lies, scaled and moved as the boxes of detected faces lie in chips.

    Args:
        image: the upright photo, uint8 RGB (h, w, 3).
        box: left, top, width and height in its pixels; what lies outside of the picture is cut off.
        settings: how faces are aligned and encoded, and the least score that points count with.
        networks: MTCNN's, not used by another thread meanwhile; None loads them.

    Returns:
        A face with the drawn box, as far as it lies in the picture. Its score is 0, and it has no landmarks,
        where no points were found.

    Raises:
        ValueError: the box is not of four finite numbers, or less than 12 pixels of its longer side and one
            of its shorter side lie in the picture.
    """
    drawn = clamped(box, image.shape[1], image.shape[0])
    networks = networks or Networks()
    found = _points_in(networks, image, drawn, settings)
    if found is None and (brighter := brightened(image)) is not None:
        found, image = _points_in(networks, brighter, drawn, settings), brighter
    if found is not None:
        score, points = found
        with contextlib.suppress(ValueError):  # of eyes that are at one place, seen from the side
            matrix = align.ALIGNMENTS[settings.alignment](points)
            return cut_face(image, matrix, points, (drawn, score), settings.chip_format)
    return cut_face(image, box_transform(drawn), None, (drawn, 0.0), settings.chip_format)


def clamped(box: Sequence[float], width: int, height: int) -> Box:
    """The part of a box (left, top, width, height) that lies in a picture of this size; raises ValueError."""
    numbers = [float(value) for value in box]
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)) or min(numbers[2:]) <= 0:
        raise ValueError(
            f"The box {numbers} is none. Expected left, top, width and height, finite, the last two above 0."
        )
    left, top = max(0.0, numbers[0]), max(0.0, numbers[1])
    right, bottom = min(float(width), numbers[0] + numbers[2]), min(float(height), numbers[1] + numbers[3])
    wide, high = right - left, bottom - top
    if min(wide, high) < 1 or max(wide, high) < CELL:
        raise ValueError(
            f"The box {numbers} holds too little of the picture. Expected at least {CELL} x 1 pixels of it "
            f"within {width} x {height}; received {max(0.0, wide):g} x {max(0.0, high):g}. Draw a larger one."
        )
    return left, top, wide, high


def box_transform(box: Box) -> np.ndarray:
    """The map [2, 3] from photo to chip pixels that puts a box where those of detected faces lie in chips."""
    left, top, width, height = box
    scale = SIDE / ((width + height) / 2)
    # (0, 0) is the middle of the first pixel, whose left edge is the 0 of a box.
    middle = np.array([left + width / 2 - 0.5, top + height / 2 - 0.5])
    shift = np.array(MIDDLE) - scale * middle
    return np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])


def _points_in(
    networks: Networks, image: np.ndarray, drawn: Box, settings: IngestSettings
) -> tuple[float, np.ndarray] | None:
    """The score and the five points [5, 2] of the face that overlaps a drawn box most; None without one."""
    found = checked(networks, image, _squares(drawn))
    corners = np.concatenate([found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]], axis=1)
    # Once more, where the face was seen: the first squares lay as they happened to.
    again = mtcnn.landmarks_in(networks, image, mtcnn.square(corners)) if len(found) else found
    sure = upright(networks, image, again, settings.changed(min_face=CELL))
    if not len(sure) or sure.landmarks is None:
        return None
    shares = overlaps(sure.boxes, drawn)
    best = int(shares.argmax())
    middle = sure.boxes[best, :2] + sure.boxes[best, 2:] / 2
    inside = (middle >= drawn[:2]).all() and (middle <= np.add(drawn[:2], drawn[2:])).all()
    return (float(sure.scores[best]), sure.landmarks[best]) if inside else None


def _squares(box: Box) -> np.ndarray:
    """Squares [n, 4] (left, top, width, height) in and around a box, in which its face may lie."""
    longer = max(box[2:])
    middle = (box[0] + box[2] / 2, box[1] + box[3] / 2)
    return np.array(
        [
            [middle[0] + (x - side / 2) * longer, middle[1] + (y - side / 2) * longer, *[side * longer] * 2]
            for side in SIDES
            for y in SHIFTS
            for x in SHIFTS
        ]
    )


def overlaps(boxes: np.ndarray, box: Sequence[float]) -> np.ndarray:
    """What boxes [n, 4] have in common with one, as shares [n] of what either covers."""
    one = np.asarray(box, float)
    low = np.maximum(boxes[:, :2], one[:2])
    high = np.minimum(boxes[:, :2] + boxes[:, 2:], one[:2] + one[2:])
    shared = np.maximum(high - low, 0).prod(axis=1)
    share: np.ndarray = shared / (boxes[:, 2:].prod(axis=1) + one[2:].prod() - shared)
    return share
