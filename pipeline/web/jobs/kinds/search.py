"""Finds the faces most like one that is uploaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.photos import look_at
from components.ingest.settings import IngestSettings
from models.clustering.rows import unit_rows
from pipeline.web import storage
from pipeline.web.jobs.embedders import embedder_of
from pipeline.web.jobs.kinds.look import detector_of
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.library.searching import found
from pipeline.web.library.spaces import space_of
from pipeline.web.models import Job, Library


def run(job: Job, running: Running) -> dict[str, Any]:
    """The nearest faces to the largest face in the payload's file: the nearest first."""
    library = Library.objects.get(owner=job.owner)
    row = _uploaded(job.payload["file"], library)
    return found(job.owner, space_of(job.owner, library.space), row)


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
    return unit_rows(embedder([outcome.faces[0].chip]))[0]
