"""The faces of some photos, found as the ingest finds them, without a pipeline around it."""

import math
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2

from components.ingest.content import content_hash, content_hashes
from components.ingest.decisions import left_out, read_decisions
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.detectors import make_detector
from components.ingest.photo_cache import PhotoCache
from components.ingest.photos import DECODING_SHARE, process
from components.ingest.points.landmarks import make_landmarker
from components.ingest.row import Row, left_out_row
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from models.devices.memory import Room, available_bytes
from schemas.face import Face


def largest(faces: Sequence[Face], _row: Row) -> Face:
    """The face with the largest box, which stands for a photo everywhere else in the pipeline."""
    return faces[0]


def central(faces: Sequence[Face], row: Row) -> Face:
    """The face whose box has its middle nearest to the photo's; of equals the larger.

    This is the rule of data sets made from detections, in which the person named is in the middle and others
    are background (Huang et al. 2007, "Labeled Faces in the Wild").
    """
    return min(
        faces,
        key=lambda face: math.hypot(
            face.box[0] + face.box[2] / 2 - row.width / 2, face.box[1] + face.box[3] / 2 - row.height / 2
        ),
    )


CHOICES: dict[str, Callable[[Sequence[Face], Row], Face]] = {"central": central, "largest": largest}


def one_face_each(
    photos: Sequence[Photo],
    settings: IngestSettings,
    choice: str = "largest",
    report: Callable[[int, int], Any] | None = None,
) -> tuple[list[Face | None], list[Row]]:
    """One face of each photo, or None without one, and each photo's row.

    Args:
        photos: n photos, in the order of the answer.
        settings: how faces are found; ``cache_dir`` keeps what was found, as in a run.
        choice: which one of several faces, a key of ``CHOICES``.
        report: called as ``report(done, total)`` after each photo.

    Returns:
        n faces or None, and n rows that say why there is none.

    Raises:
        ValueError: an unknown choice.
        ModuleNotFoundError, FileNotFoundError: the detector's package or model file is missing.
    """
    if choice not in CHOICES:
        raise ValueError(f"Unknown choice of a face {choice!r}. Expected one of: {', '.join(CHOICES)}.")
    found = every_face(photos, settings, report)
    chosen = [CHOICES[choice](faces, row) if faces else None for row, faces in found]
    return chosen, [row for row, _ in found]


def every_face(
    photos: Sequence[Photo], settings: IngestSettings, report: Callable[[int, int], Any] | None = None
) -> list[tuple[Row, list[Face]]]:
    """The row of each photo and all its faces, the largest first; arguments as for ``one_face_each``.

    A photo that ``settings.decisions`` leave out for another one of these photos has none.
    """
    dropped = _dropped(photos, settings)
    cache = PhotoCache(settings.cache_dir, settings)
    landmarker = make_landmarker(settings)
    own, room = threading.local(), Room(DECODING_SHARE * available_bytes())

    def look(photo: Photo) -> tuple[Row, list[Face]]:
        if photo.file in dropped:
            return dropped[photo.file], []
        if not hasattr(own, "detector"):
            own.detector = make_detector(settings)
        try:
            return process(photo, content_hash(photo), own.detector, landmarker, settings, cache, room)
        except RejectedPhoto as rejection:
            return Row(photo.path, "rejected", str(rejection)), []

    found = []
    opencv_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # the cores work on different photos, not on one together
    try:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="chips") as pool:
            for done, one in enumerate(pool.map(look, photos), 1):
                found.append(one)
                if report is not None:
                    report(done, len(photos))
    finally:
        cv2.setNumThreads(opencv_threads)
    return found


def _dropped(photos: Sequence[Photo], settings: IngestSettings) -> dict[str, Row]:
    """The rows of the photos that the decisions leave out, by file; the kept ones are in ``photos`` too."""
    if not settings.decisions:
        return {}
    hashes = content_hashes(photos, settings.cache_dir)
    paths: dict[str, str] = {}
    for photo, found in zip(photos, hashes, strict=True):
        if isinstance(found, str):
            paths.setdefault(found, photo.path)
    out = left_out(read_decisions(settings.decisions), paths)
    return {
        photo.file: left_out_row(photo.path, found, paths[out[found]])
        for photo, found in zip(photos, hashes, strict=True)
        if isinstance(found, str) and found in out
    }
