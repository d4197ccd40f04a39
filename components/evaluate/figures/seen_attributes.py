"""Attributes of a photo that it tells itself: how large its face is, how far turned, how light its skin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from components.evaluate.figures.quality import frontal
from components.evaluate.figures.skin import cheek_lightness
from components.face_table import FaceTable, photo_rows
from components.photo_attributes import Attributes, groups_of
from schemas.face import Face

# Column: how a face is measured, and the names of the lower and the upper half.
SEEN: dict[str, tuple[Callable[[Face], float], tuple[str, str]]] = {
    "face size": (lambda face: face.side, ("smaller half", "larger half")),
    "pose": (frontal, ("turned half", "frontal half")),
    "skin as it is lit": (cheek_lightness, ("darker half", "lighter half")),
}


def with_seen(faces: FaceTable, attributes: Attributes | None) -> Attributes | None:
    """The attributes, with the half that every photo's first face is in by size, by pose, and by the
    lightness of the cheeks.

    Halves are taken over the photos whose face has a label, or over all if none has. The attributes are
    unchanged if it is not known how the faces were found.
    """
    if len(faces.found) != len(faces) or not len(faces):
        return attributes
    rows = photo_rows(faces)
    first = list(rows.values())
    labelled = [i for i in first if faces.labels[i] is not None] or first
    columns: dict[str, list[str]] = {}
    for column, (measure, halves) in SEEN.items():
        values = np.array([measure(face) for face in faces.found])
        if not np.isfinite(values[first]).all():
            continue
        middle = np.median(values[labelled])
        columns[column] = [halves[int(values[i] > middle)] for i in first]
    if not columns:
        return attributes
    files = [faces.image_paths[i] for i in first]
    if attributes is not None:
        for column in attributes.columns:
            columns[column] = [value or "" for value in groups_of(files, attributes, column)]
    return Attributes(files, columns)
