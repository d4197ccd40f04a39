"""Dense landmarks of aligned faces: none, dlib's 68, or the user's own.

The public 68-point predictors, dlib's too, learned from the photos of 300-W (Sagonas et al. 2013, "300 Faces
in-the-Wild Challenge"), which may not be used commercially. That does not concern `mtcnn5`, the five points
that alignment finds anyway.
"""

from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np

from components.ingest.decode import decode
from components.ingest.detect.dlib_module import dlib_module
from components.ingest.frames.align import transform_points
from components.ingest.points.landmark_files import Points, read_points
from components.ingest.settings import IngestSettings
from components.ingest.tables import LANDMARKERS
from schemas.face import CHIP_SIZE, Face
from schemas.landmarks import mirrored_points
from schemas.packaged_file import packaged_file

# A function from a photo's path and its faces, the largest first, to the 136 numbers of each, or none.
Landmarker = Callable[[str, Sequence[Face]], list[tuple[float, ...]]]

PREDICTOR = "models/shape_predictor_68_face_landmarks.dat"
INSTEAD = "landmarks=mtcnn5"
BORDER = 40  # px around the chip: a jaw may lie below it
# The box in the chip in which dlib's predictor looks for the points, as its detector would give it.
BOX_CENTRE, BOX_HALF_SIDE = (96, 100), 75


def make_landmarker(settings: IngestSettings) -> Landmarker:
    """The landmarker that the settings name; many threads may share it.

    Raises:
        ModuleNotFoundError, FileNotFoundError: its package, model file or file of points is missing.
        ValueError: a file of points can't be read.
    """
    landmarker: Landmarker = LANDMARKERS[settings.landmarks].load()(settings)
    return landmarker


def make_mtcnn5(settings: IngestSettings) -> Landmarker:
    """Gives no dense landmarks: a face only has the five that its alignment found."""
    return lambda path, faces: [() for _ in faces]


def make_dlib68(settings: IngestSettings) -> Landmarker:
    """dlib's 68 points of every chip."""
    predict = dlib_predictor()

    def landmarker(path: str, faces: Sequence[Face]) -> list[tuple[float, ...]]:
        return [as_numbers(predict(decode(face.chip))) for face in faces]

    return landmarker


def make_file(settings: IngestSettings) -> Landmarker:
    """The user's own points, moved into the chip; none for a face that has none."""
    points = read_points(settings.landmarks_path)

    def landmarker(path: str, faces: Sequence[Face]) -> list[tuple[float, ...]]:
        return own_points(points.of(path), faces)

    return landmarker


def dlib_predictor() -> Callable[[np.ndarray], np.ndarray]:
    """A function from one aligned chip, uint8 RGB [192, 192, 3], to points [68, 2] in it.

    They are the mean of dlib's prediction (Kazemi and Sullivan 2014, "One Millisecond Face Alignment with an
    Ensemble of Regression Trees") on the chip and on its mirror image.

    Raises:
        ModuleNotFoundError: dlib or the package with its predictor is not installed.
    """

    dlib = dlib_module("Landmarks 'dlib68'", INSTEAD)
    file = packaged_file("face_recognition_models", PREDICTOR, "dlib", INSTEAD)
    predictor = dlib.shape_predictor(str(file))
    (x, y), half = BOX_CENTRE, BOX_HALF_SIDE
    box = dlib.rectangle(*(BORDER + side for side in (x - half, y - half, x + half, y + half)))

    def one(chip: np.ndarray) -> np.ndarray:
        framed = cv2.copyMakeBorder(chip, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REPLICATE)
        return np.array([(p.x, p.y) for p in predictor(framed, box).parts()], float) - BORDER

    return lambda chip: (
        (one(chip) + mirrored_points(one(np.ascontiguousarray(chip[:, ::-1])), CHIP_SIZE - 1)) / 2
    )


def own_points(own: list[Points], faces: Sequence[Face]) -> list[tuple[float, ...]]:
    """The 136 numbers of each face's own points in its chip, or none.

    Points without an index belong to the face whose box holds their middle; if several boxes do, to the one
    whose own middle is nearest.
    """
    found: list[tuple[float, ...]] = [() for _ in faces]
    for points in own:
        index = face_around(points.xy, faces) if points.face_index is None else points.face_index
        if index is not None and index < len(faces):
            matrix = np.reshape(faces[index].matrix, (2, 3))
            found[index] = as_numbers(transform_points(matrix, points.xy))
    return found


def face_around(xy: np.ndarray, faces: Sequence[Face]) -> int | None:
    """The index of the face whose box holds the middle of points [n, 2] of a photo; None if none does."""
    away: dict[int, float] = {}
    for index, face in enumerate(faces):
        half = np.array(face.box[2:]) / 2
        offset = xy.mean(axis=0) - (np.array(face.box[:2]) + half)
        if (np.abs(offset) <= half).all():
            away[index] = float(np.hypot(*offset))
    return min(away, key=lambda index: away[index], default=None)


def as_numbers(points: np.ndarray) -> tuple[Any, ...]:
    """Points [68, 2] as 136 numbers: x and y of each point in turn."""
    return tuple(float(value) for value in points.ravel())
