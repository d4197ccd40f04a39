"""The faces of a study: one of each photo, with its 68 points; a photo without is counted with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from components.ingest.chips import one_face_each
from components.ingest.decode import decode
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from components.occlude.conditions import Faces
from components.segment.regions import region
from schemas.face import CHIP_SIZE, Face
from schemas.landmarks import N_POINTS

Left = Counter[str]
NO_POINTS, NO_CHEEK = "no 68 points", "no cheek in the chip"


def chosen_faces(
    photos: Sequence[Photo],
    settings: IngestSettings,
    choice: str,
    report: Callable[[int, int], Any] | None = None,
) -> tuple[Faces, Left]:
    """One face of each photo that has one with points, and how many photos were left out for what reason.

    ``choice`` and ``report`` are as in ``one_face_each``. People are told by the photos' labels; a photo
    without one is of a person of its own.
    """
    found, rows = one_face_each(photos, settings, choice, report)
    left: Left = Counter()
    kept: list[tuple[Face, str]] = []
    for photo, face, row in zip(photos, found, rows, strict=True):
        reason = reason_against(face, row.status)
        if reason or face is None:
            left[reason] += 1
        else:
            kept.append((face, photo.label or f"\0{photo.path}"))
    return faces_of([face for face, _ in kept], [name for _, name in kept]), left


def reason_against(face: Face | None, status: str) -> str:
    """Why a face can't be studied, or ""."""
    if face is None:
        return "no face" if status == "no_face" else status
    if not face.landmarks68:
        return NO_POINTS
    cheeks = region("cheeks", points_of(face), (CHIP_SIZE, CHIP_SIZE))
    return "" if cheeks.any() else NO_CHEEK


def points_of(face: Face) -> np.ndarray:
    """The 68 points (68, 2) float64 of a face that has them, in chip pixels."""
    return np.array(face.landmarks68, float).reshape(N_POINTS, 2)


def faces_of(faces: Sequence[Face], people: Sequence[str]) -> Faces:
    """The faces, each with points, as arrays; ``people`` name the person in each."""
    return Faces(
        np.stack([decode(face.chip) for face in faces])
        if faces
        else np.zeros((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8),
        np.stack([points_of(face) for face in faces]) if faces else np.zeros((0, N_POINTS, 2)),
        np.unique(list(people), return_inverse=True)[1].astype(np.int64),
        [face.image_path for face in faces],
    )
