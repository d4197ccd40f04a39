"""Removes the files of what was erased, and the traces that a database leaves of its rows."""

from __future__ import annotations

from typing import Any

from pipeline.web import storage
from pipeline.web.jobs.running import Running
from pipeline.web.models import Face, Job
from pipeline.web.traces import overwrite


def run(job: Job, running: Running) -> dict[str, Any]:
    """Removes the files that the payload names, and then forgets which they were."""
    faces = job.payload.get("faces", [])
    # A drawn face whose drawing was undone, and done again since, is there and keeps its chip.
    there = {str(uuid) for uuid in Face.objects.filter(uuid__in=faces).values_list("uuid", flat=True)}
    remove_files(job.payload.get("photos", []), [face for face in faces if face not in there])
    for name in job.payload.get("exports", []):
        storage.remove("export", name)
    for name in job.payload.get("sidecars", []):
        storage.remove("sidecar", name)
    Job.objects.filter(pk=job.pk).update(payload={})
    overwrite()
    return {}


def remove_files(photos: list[dict[str, str]], faces: list[str]) -> None:
    """Removes the files of photos, {"uuid", "file"} each, and of faces, by their uuids."""
    for photo in photos:
        storage.remove("original", photo["file"])
        storage.remove("preview", photo["uuid"])
        storage.remove("thumb", photo["uuid"])
    for face in faces:
        storage.remove("face", face)
