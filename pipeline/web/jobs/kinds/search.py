"""Finds the faces most like one that is uploaded, or like one of the library."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.photos import look_at
from components.ingest.settings import IngestSettings
from pipeline.web import storage
from pipeline.web.jobs.embedders import embedder_of
from pipeline.web.jobs.kinds.embed import unit
from pipeline.web.jobs.kinds.look import detector_of
from pipeline.web.jobs.running import GiveUp, Running
from pipeline.web.library.spaces import Space, space_of
from pipeline.web.models import Account, Face, Job, Library

MOST = 60  # faces of an answer
AT_ONCE = 120  # faces that are looked up at a time


def run(job: Job, running: Running) -> dict[str, Any]:
    """The nearest faces to the largest face of the payload's file, or to its face: the nearest first."""
    library = Library.objects.get(owner=job.owner)
    row = _uploaded(job.payload["file"], library) if "file" in job.payload else None
    embedded = space_of(job.owner, library.space)
    if row is None:
        own = np.flatnonzero(embedded.faces == job.payload.get("face", 0))
        if len(own) == 0:
            raise GiveUp("The face is gone, or was not embedded yet.")
        row = embedded.rows[own[0]]
    found = nearest_shown(job.owner, embedded, row)
    running.step(1, 1)
    return {"faces": [{"face": str(name), "distance": round(distance, 3)} for name, distance in found]}


def nearest_shown(account: Account, embedded: Space, row: np.ndarray) -> list[tuple[UUID, float]]:
    """The MOST shown faces nearest to the embedding row (d,), and their distances, the nearest first."""
    alike = embedded.rows @ row if len(embedded.faces) else np.zeros(0)
    order = np.argsort(-alike, kind="stable")
    found: list[tuple[UUID, float]] = []
    for start in range(0, len(order), AT_ONCE):  # most faces are shown: the first part is enough but rarely
        part = order[start : start + AT_ONCE]
        ids = embedded.faces[part].tolist()
        shown = Face.objects.filter(owner=account, pk__in=ids, state="shown")
        names = dict(shown.values_list("pk", "uuid"))
        distances = np.sqrt(np.maximum(0.0, 2 - 2 * alike[part])).tolist()
        found += [(names[pk], far) for pk, far in zip(ids, distances, strict=True) if pk in names]
        if len(found) >= MOST:
            break
    return found[:MOST]


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
