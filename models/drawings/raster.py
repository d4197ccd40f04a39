"""Draws strokes as pictures, as a person sees a drawing."""

import cv2
import numpy as np

from schemas.face import CHIP_SIZE
from schemas.sketch_features import DRAWING_SIDE, PEN_LIFTED, PEN_OVER

FILLED = 0.9  # share of the picture's side that a drawing's larger side takes
THICKNESS = 2  # pixels of a line in a picture of CHIP_SIZE
FRACTION_BITS = 4  # OpenCV draws to a sixteenth of a pixel


def draw(strokes: np.ndarray, side: int = CHIP_SIZE) -> np.ndarray:
    """Draws strokes in black on white with antialiased lines: RGB uint8 (side, side, 3).

    ``strokes`` (n, 3) are steps as in ``schemas.sketch_features``; padding steps are left out. The drawing is
    centred. DRAWING_SIDE units span 0.9 of the picture, and so does a drawing that is larger. A stroke of one
    point is a dot.
    """
    picture = np.full((side, side), 255, np.uint8)
    strokes = np.asarray(strokes, np.float64).reshape(-1, 3)
    strokes = strokes[strokes[:, 2] < (PEN_LIFTED + PEN_OVER) / 2]
    if not len(strokes):
        return np.repeat(picture[:, :, np.newaxis], 3, axis=2)
    corners = corners_of(strokes)
    low, high = corners.min(axis=0), corners.max(axis=0)
    factor = FILLED * side / max(DRAWING_SIDE, float((high - low).max()))
    # Pixel coordinates count centres: the middle of the picture is at (side - 1) / 2.
    places = (corners - (low + high) / 2) * factor + (side - 1) / 2
    places = np.round(places * 2**FRACTION_BITS).astype(np.int32)
    thickness = max(1, round(THICKNESS * side / CHIP_SIZE))
    for line in lines_of(places, strokes[:, 2]):
        cv2.polylines(picture, [line], False, 0, thickness, cv2.LINE_AA, FRACTION_BITS)
    return np.repeat(picture[:, :, np.newaxis], 3, axis=2)


def corners_of(strokes: np.ndarray) -> np.ndarray:
    """Where the pen is at the start, (0, 0), and after each of the steps (n, 3): (n + 1, 2)."""
    return np.concatenate([np.zeros((1, 2)), strokes[:, :2].cumsum(axis=0)])


def lines_of(places: np.ndarray, pen: np.ndarray) -> list[np.ndarray]:
    """Cuts places (n + 1, 2) where the pen (n,) is lifted; a line of one place is doubled to make a dot."""
    lines = np.split(places, np.flatnonzero(np.append(False, pen > PEN_LIFTED / 2)) + 1)
    return [np.repeat(line, 2, axis=0) if len(line) == 1 else line for line in lines if len(line)]


def encode_png(picture: np.ndarray) -> bytes:
    """Encodes RGB uint8 (h, w, 3) as a PNG, which loses nothing."""
    return cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))[1].tobytes()
