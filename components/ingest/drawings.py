"""What happens to one line of a Quick, Draw! file: read, check, scale, draw; then its row and drawing."""

import hashlib
import json
import math
from typing import Any

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.row import Row
from components.ingest.settings import SourceSettings
from components.ingest.sources import Photo, read
from models.drawings.raster import draw, encode_png
from schemas.sketch_features import DRAWING_SIDE, MOST_STEPS, PEN_LIFTED, Sketch

REASONS = (
    "broken_json",  # not one JSON object
    "no_drawing",  # no list of strokes under "drawing"
    "empty",  # no points, or all of them the same
    "unequal",  # as many x as y in a stroke, but not here
    "not_numbers",
    "not_finite",
    "too_long",  # more than MOST_STEPS steps
)


def strokes_of(line: bytes) -> tuple[np.ndarray, str]:
    """Steps (n, 3) float32 as in ``schemas.sketch_features``, and the word, empty if there is none.

    ``line`` is a JSON object with ``drawing``, a list of strokes. Each stroke is a list of x, a list of y and
    perhaps more, such as the raw files' times. A drawing whose larger side is above DRAWING_SIDE is shrunk
    to it; the simplified files' drawings stay as they are.

    Raises:
        RejectedPhoto: with one of REASONS, whatever the bytes are.
    """
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RejectedPhoto("broken_json", str(error)) from error
    if not isinstance(record, dict) or not isinstance(record.get("drawing"), list):
        raise RejectedPhoto("no_drawing", "no object with a list 'drawing'")
    lines = [_points(stroke) for stroke in record["drawing"]]
    steps = steps_of([points for points in lines if len(points)])
    word = record.get("word")
    return steps, word if isinstance(word, str) else ""


def _points(stroke: Any) -> np.ndarray:
    """One stroke's points (n, 2) float64."""
    if not isinstance(stroke, list) or len(stroke) < 2 or not all(isinstance(v, list) for v in stroke[:2]):
        raise RejectedPhoto("no_drawing", "a stroke that is no list of x and list of y")
    x, y = stroke[:2]
    if len(x) != len(y):
        raise RejectedPhoto("unequal", f"{len(x)} x and {len(y)} y in a stroke")
    for value in (*x, *y):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RejectedPhoto("not_numbers", f"{value!r:.40} among the coordinates")
        if not abs(value) < 1e9:  # NaN too; more than any screen has, and no sum of these overflows
            raise RejectedPhoto("not_finite", f"{value!r:.40} among the coordinates")
    return np.array([x, y], np.float64).T


def steps_of(lines: list[np.ndarray]) -> np.ndarray:
    """Turns the points (n, 2) of each stroke into steps (dx, dy, pen), (n, 3) float32."""
    if not lines:
        raise RejectedPhoto("empty", "no points")
    points = np.concatenate(lines)
    side = float((points.max(axis=0) - points.min(axis=0)).max())
    if side == 0:
        raise RejectedPhoto("empty", "all points are the same")
    lifted = np.zeros(len(points))
    lifted[np.cumsum([len(line) for line in lines]) - 1] = PEN_LIFTED
    offsets = np.diff(points, axis=0, prepend=points[:1]) * min(1.0, DRAWING_SIDE / side)
    # The pen is at the first point already; that is no step unless a dot is made there.
    first = 0 if lifted[0] else 1
    steps = np.column_stack([np.clip(offsets, -DRAWING_SIDE, DRAWING_SIDE), lifted])[first:]
    if len(steps) > MOST_STEPS:
        raise RejectedPhoto("too_long", f"{len(steps)} steps, more than {MOST_STEPS}")
    return steps.astype(np.float32)


def drawing_hash(photo: Photo) -> str:
    """Hex SHA-256 of a line's steps: the same for two lines that only differ in who drew it, and when.

    Raises:
        RejectedPhoto: the line can't be read, or holds no drawing.
    """
    return hashlib.sha256(strokes_of(read(photo))[0].tobytes()).hexdigest()


def sketch_of(photo: Photo, digest: str, settings: SourceSettings) -> tuple[Row, Sketch]:
    """The row and the drawing of one line with the hash ``digest``; RejectedPhoto as in ``drawing_hash``."""
    steps, word = strokes_of(read(photo))
    label = word or photo.label
    corners = np.vstack([np.zeros(2), steps[:, :2].cumsum(axis=0)])
    width, height = (math.ceil(side) for side in np.ptp(corners, axis=0))
    row = Row(
        photo.path, "faces", n_faces=1, width=width, height=height, content_hash=digest, detector="none"
    )
    return row, Sketch(
        image_path=photo.path,
        strokes=tuple(steps.ravel().tolist()),
        content_hash=digest,
        split_key=label if settings.split_by == "label" and label else digest,
        chip=encode_png(draw(steps)),
        label=label,
    )
