"""Embeds the faces that have no embedding yet in the space that the library is grouped in."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from components.ingest.decode import decode
from components.ingest.frames.align import ALIGNMENTS, encode_chip, warp
from models.clustering.rows import unit_rows
from pipeline.web import storage
from pipeline.web.jobs.embedders import embedder_of
from pipeline.web.jobs.follow import unembedded
from pipeline.web.jobs.running import Running
from pipeline.web.models import Embedding, Face, Job, Library

BATCH = 64  # faces
KEPT_ALIGNMENT = "points"


def run(job: Job, running: Running) -> dict[str, Any]:
    """Embeds every face of the account that has none in the space of the payload's model.

    Without one it is the library's own. Another is embedded beside it, to be compared.
    """
    library = Library.objects.get(owner=job.owner)
    model = job.payload.get("model", library.model)
    embedder = embedder_of(model)
    _know(library, model, embedder.space)
    ids = list(unembedded(job.owner, embedder.space).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        running.step(start, len(ids))
        faces = list(Face.objects.filter(pk__in=ids[start : start + BATCH]))
        chips = [chip_for(face, embedder.ingest.get("alignment", "eyes")) for face in faces]
        rows: np.ndarray = unit_rows(embedder(chips)) if chips else np.zeros((0, 1))
        with transaction.atomic():  # a face that was erased meanwhile gets no embedding
            there = set(Face.objects.filter(pk__in=[face.pk for face in faces]).values_list("pk", flat=True))
            made = [
                Embedding(face=face, space=embedder.space, bytes=row.astype("<f4").tobytes())
                for face, row in zip(faces, rows, strict=True)
                if face.pk in there
            ]
            Embedding.objects.bulk_create(made, ignore_conflicts=True, batch_size=200)
    running.step(len(ids), len(ids))
    return {"faces": len(ids), "space": embedder.space}


def _know(library: Library, model: str, space: str) -> None:
    """Remembers a space's model; that of the library's own model is the one that its faces are grouped in."""
    with transaction.atomic():
        held = Library.objects.select_for_update().get(pk=library.pk)
        held.space_models[space] = model
        held.space = space if model == held.model else held.space
        held.save(update_fields=["space_models", "space"])


def chip_for(face: Face, alignment: str) -> bytes:
    """The encoded chip of a face as a model wants it aligned.

    Chips are kept as their five points align them; for a model that reads them by the eyes alone they are
    moved.
    """
    data = storage.file_of("face", face.uuid).read_bytes()
    if alignment == KEPT_ALIGNMENT or len(face.landmarks) != 10:
        return data
    try:
        matrix = ALIGNMENTS[alignment](np.reshape(face.landmarks, (5, 2)))
    except ValueError:
        return data
    return encode_chip(warp(decode(data), matrix), "jpeg")
