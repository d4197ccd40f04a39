"""Attributes that the ingest itself knows of a photo: how large its face is, and how far it is turned."""

from __future__ import annotations

import numpy as np

from components.evaluate.figures.quality import frontal
from components.evaluate.figures.slices import Attributes, groups_of
from components.face_table import FaceTable, photo_rows

SEEN = {  # column: how a face is measured, and what the lower and the upper half are called
    "face size": (lambda face: face.side, ("smaller half", "larger half")),
    "pose": (frontal, ("turned half", "frontal half")),
}


def with_seen(faces: FaceTable, attributes: Attributes | None) -> Attributes | None:
    """The attributes, and for every photo's first face the half that it is in by size and by pose.

    Halves are of the photos whose face has a label, or of all where none has. Unchanged where nothing is
    known of how the faces were found.
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
