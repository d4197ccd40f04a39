"""Looks at a photo: decodes it, finds its faces, and makes the small pictures that pages show."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timezone
from typing import Any

import cv2
import numpy as np
from django.db import transaction

from components.ingest.decode import stored_orientation
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.detectors import Detector, make_detector
from components.ingest.photos import look_at
from components.ingest.settings import IngestSettings
from components.ingest.taken import taken_at
from pipeline.web import storage
from pipeline.web.jobs.kinds.erase import remove_files
from pipeline.web.jobs.queue import add
from pipeline.web.jobs.running import Running
from pipeline.web.library.named_regions import apply_regions, regions_in
from pipeline.web.models import Account, Face, Item, Job, Photo
from pipeline.web.uploads.batches import tell_counts
from pipeline.web.uploads.sidecars import sidecars_of
from schemas.face import Face as FoundFace

SIDES = {"preview": 1600, "thumb": 320}  # pixels of the long side
QUALITY = 82
_own = threading.local()


def run(job: Job, running: Running) -> dict[str, Any]:
    """Looks at the photo of the payload, once: a photo that was looked at stays as it is."""
    photo = Photo.objects.filter(pk=job.payload["photo"], owner=job.owner).first()
    if photo is None or photo.looked:
        return {}
    data = storage.file_of("original", photo.file).read_bytes()
    settings = IngestSettings(alignment="points")
    try:
        picture, outcome = look_at(data, detector_of(settings), settings)
    except RejectedPhoto as rejection:
        _reject(photo, str(rejection))
        return {"rejected": str(rejection)}
    for kind, side in SIDES.items():
        storage.write(kind, photo.uuid, small(picture.pixels, side))
    faces = [_face(photo, number, face) for number, face in enumerate(outcome.faces)]
    for row, face in zip(faces, outcome.faces, strict=True):
        storage.write("face", row.uuid, face.chip)
    taken = when(taken_at(data))
    with transaction.atomic():
        held = Photo.objects.select_for_update().filter(pk=photo.pk).first()
        if held is None:  # it was erased meanwhile, and what was written since goes too
            erased = {"uuid": str(photo.uuid), "file": photo.file}
            remove_files([erased], [str(row.uuid) for row in faces])
        if held is None or held.looked:
            return {}
        Face.objects.bulk_create(faces)
        Photo.objects.filter(pk=photo.pk).update(
            looked=True,
            width=outcome.width,
            height=outcome.height,
            orientation=stored_orientation(data),
            taken_at=taken,
        )
        state = "faces" if faces else "no_face"
        items = Item.objects.filter(photo=photo, state="sent")
        batches = [item.batch for item in items.select_related("batch")]
        items.update(state=state, n_faces=len(faces), reason=outcome.note[:500])
    _read_names(photo, data)
    for batch in batches:
        tell_counts(job.owner, batch)
    return {"faces": len(faces)}


def _read_names(photo: Photo, data: bytes) -> None:
    """Gives the faces the names in the photo's own XMP, and asks for those in sidecars that came first."""
    photo.refresh_from_db()
    apply_regions(photo, regions_in(data), "photo")
    _ask_again(photo.owner, sidecars_of(photo))


def _ask_again(account: Account, sidecars: list[Item]) -> None:
    """Lets the names in sidecars that waited for their photo be read."""
    for item in sidecars:
        waited = Job.objects.filter(owner=account, kind="names", payload__item=item.pk).last()
        if waited is not None:
            add(account, "names", waited.payload)


def given_up(job: Job, reason: str) -> None:
    """A photo at which a decoder failed five times, or took the worker with it, is rejected.

    The photo may be sound, and the machine not: its file stays with its item, for another try.
    """
    photo = Photo.objects.filter(pk=job.payload.get("photo"), owner=job.owner, looked=False).first()
    if photo is None:
        return
    item = Item.objects.filter(photo=photo).order_by("id").last()
    original = storage.file_of("original", photo.file)
    if item is not None and original.exists():
        item.file = storage.new_name()
        storage.keep(original, "incoming", item.file)
        Item.objects.filter(pk=item.pk).update(file=item.file, offset=photo.size, size=photo.size)
    _reject(photo, f"corrupt: {reason}")


def small(pixels: np.ndarray, side: int) -> bytes:
    """A JPEG of an upright picture (h, w, 3) RGB, its long side at most ``side``, without any metadata."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()


def when(taken: datetime | None) -> datetime | None:
    """The date as it is kept: cameras tell the time of where they are, which is kept as if it were UTC."""
    return None if taken is None else taken.replace(tzinfo=timezone.utc)


def detector_of(settings: IngestSettings) -> Detector:
    """This thread's own detector."""
    if not hasattr(_own, "detector"):
        _own.detector = make_detector(settings)
    return _own.detector


def _face(photo: Photo, number: int, found: FoundFace) -> Face:
    """The row of a face; its name follows from its photo, so that looking twice makes no second one."""
    return Face(
        uuid=uuid.uuid5(photo.uuid, f"face {number}"),
        owner_id=photo.owner_id,
        photo=photo,
        box=[round(value, 1) for value in found.box],
        landmarks=[round(value, 2) for value in found.landmarks],
        score=found.score,
        quality=max(found.sharpness, 1e-6),  # 0 says that a face is not cut out yet
    )


def _reject(photo: Photo, reason: str) -> None:
    """A file that can't be decoded is no photo: its items say why, and it is gone."""
    with transaction.atomic():
        items = Item.objects.filter(photo=photo)
        _ask_again(photo.owner, sidecars_of(photo))
        batches = [item.batch for item in items.select_related("batch")]
        items.update(state="rejected", reason=reason[:500], photo=None)
        photo.delete()
    storage.remove("original", photo.file)
    for batch in batches:
        tell_counts(photo.owner, batch)
