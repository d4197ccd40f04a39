"""Small pictures found as the ingest finds them, without a pipeline around it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.made import image_of, picture_hash
from components.ingest.row import Row
from components.ingest.settings import ImageSettings
from components.ingest.sources import Photo
from schemas.face import Face


def every_picture(
    photos: Sequence[Photo], report: Callable[[int, int], Any] | None = None
) -> list[tuple[Row, list[Face]]]:
    """The row of each photo, or row of an array, and the one picture in it as a ``Face``; none if rejected.

    Its box is the whole picture. ``report(done, total)`` is called after each.
    """
    found: list[tuple[Row, list[Face]]] = []
    for done, photo in enumerate(photos, 1):
        found.append(_looked_at(photo))
        if report is not None:
            report(done, len(photos))
    return found


def _looked_at(photo: Photo) -> tuple[Row, list[Face]]:
    try:
        row, image = image_of(photo, picture_hash(photo), ImageSettings())
    except RejectedPhoto as rejection:
        return Row(photo.path, "rejected", str(rejection)), []
    box = (0.0, 0.0, float(image.width), float(image.height))
    return row, [
        Face(
            box=box, chip=image.chip, image_path=photo.path, content_hash=row.content_hash, label=image.label
        )
    ]
