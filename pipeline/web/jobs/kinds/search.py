"""Finds the faces most like one that is uploaded, or like one of the library."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.photos import look_at
from components.ingest.settings import IngestSettings
from pipeline.web import storage
from pipeline.web.jobs.embedders import embedder_of
from pipeline.web.jobs.kinds.embed import unit
from pipeline.web.jobs.kinds.look import detector_of
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.library.arrays import faces_of
from pipeline.web.models import Face, Job, Library

MOST = 60  # faces of an answer


def run(job: Job, running: Running) -> dict[str, Any]:
    """The nearest faces to the largest face of the payload's file, or to its face: the nearest first."""
    library = Library.objects.get(owner=job.owner)
    row = _uploaded(job.payload["file"], library) if "file" in job.payload else None
    faces = faces_of(job.owner, library.space)
    if row is None:
        at = faces.rows_of([job.payload["face"]])[0] if "face" in job.payload else -1
        if at < 0:
            raise GiveUp("The face is gone, or was not embedded yet.")
        row = faces.x[at]
    alike = faces.x @ row if len(faces) else np.zeros(0)
    order = np.argsort(-alike, kind="stable")[:MOST]
    names = dict(Face.objects.filter(pk__in=faces.face[order].tolist()).values_list("pk", "uuid"))
    running.step(1, 1)
    return {
        "faces": [
            {"face": str(names[pk]), "distance": round(float(np.sqrt(max(0.0, 2 - 2 * alike[at]))), 3)}
            for at, pk in zip(order, faces.face[order].tolist(), strict=True)
            if pk in names
        ]
    }


def _uploaded(name: str, library: Library) -> np.ndarray:
    """The embedding (d,) of the largest face in a file that was sent; the file is removed."""
    settings = IngestSettings(alignment="points")
    data = storage.file_of("search", name).read_bytes()
    try:
        _, outcome = look_at(data, detector_of(settings), settings)
    except RejectedPhoto as rejection:
        raise GiveUp(str(rejection)) from rejection
    finally:
        storage.remove("search", name)
    if not outcome.faces:
        raise GiveUp("There is no face in that picture.")
    embedder = embedder_of(library.model)
    return unit(embedder([outcome.faces[0].chip]))[0]
