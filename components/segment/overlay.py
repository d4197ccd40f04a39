"""A sheet of faces with their regions in colours, as P2's figure 4.2."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from components.segment.labelling import Seen, points_seen
from components.segment.packing import regions_of
from schemas.face import Face

OVERLAY = "regions.png"  # beside the splits of labelled faces
FACES = 6  # on a sheet
STRENGTH = 0.55  # of a colour over the face
# One for each region, told apart by people who see red and green alike too (Wong 2011, and four between).
COLOURS = np.array(
    [
        *((230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178)),
        *((213, 94, 0), (204, 121, 167), (120, 94, 240), (150, 150, 150), (140, 86, 60)),
    ],
    float,
)


def sheet(faces: Sequence[Face], seen: Seen) -> np.ndarray:
    """Up to ``FACES`` faces that have points, as they are and with their regions below: (2 h, n w, 3) uint8.

    Regions that overlap are drawn in the order of ``REGIONS``, later ones above. ValueError without a face
    that has points.
    """
    columns: list[np.ndarray] = []
    for face in faces:
        points = points_seen(face, seen)
        if points is not None and len(columns) < FACES:
            plain = picture_of(face, seen)
            columns.append(np.concatenate([plain, coloured(plain, regions_of(points, seen.size))]))
    if not columns:
        raise ValueError("No face has 68 points, so that there are no regions. Set landmarks=dlib68.")
    return np.concatenate(columns, axis=1)


def picture_of(face: Face, seen: Seen) -> np.ndarray:
    """What the classifier sees of a face, before it is scaled to its input: (*size, 3) uint8 RGB."""
    data = np.frombuffer(face.frame or face.chip, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"The picture of {face.image_path} can't be decoded. Expected a JPEG or PNG.")
    picture = picture[:, :, ::-1]
    if face.frame:
        return picture
    left, top = seen.corner
    return picture[top : top + seen.size[0], left : left + seen.size[1]]


def coloured(picture: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """A picture (h, w, 3) uint8 with regions (10, h, w) bool in colours over it."""
    found = picture.astype(float)
    for colour, one in zip(COLOURS, regions, strict=True):
        found[one] = (1 - STRENGTH) * picture[one] + STRENGTH * colour
    return found.round().astype(np.uint8)
