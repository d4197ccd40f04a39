"""Cuts a face that was drawn by hand out of its photo."""

from __future__ import annotations

from typing import Any

from components.ingest.decode import read_picture
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.drawn import face_in_box
from components.ingest.settings import IngestSettings
from pipeline.web import storage
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.models import Face, Job


def run(job: Job, running: Running) -> dict[str, Any]:
    """Writes the chip of the payload's face, by its five points where they are found in the box."""
    face = Face.objects.filter(pk=job.payload["face"], owner=job.owner).select_related("photo").first()
    if face is None or face.quality:
        return {}
    settings = IngestSettings(alignment="points")
    try:
        picture = read_picture(storage.file_of("original", face.photo.file).read_bytes())
        found = face_in_box(picture.pixels, face.box, settings)
    except (RejectedPhoto, ValueError) as error:
        raise GiveUp(str(error)) from error
    storage.write("face", face.uuid, found.chip)
    landmarks = [round(value, 2) for value in found.landmarks]
    # The sharpness says that a face is cut out; of a plain surface it is 0.
    cut = {"landmarks": landmarks, "score": found.score, "quality": max(found.sharpness, 1e-6)}
    if not Face.objects.filter(pk=face.pk).update(**cut):  # it was erased meanwhile
        storage.remove("face", face.uuid)
        return {}
    running.step(1, 1)
    return {"face": str(face.uuid), "points": bool(landmarks)}
