"""Embeds the faces that have no embedding yet in the space that the library is grouped in."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from pipeline.web import storage
from pipeline.web.jobs.embedders import embedder_of
from pipeline.web.jobs.follow import unembedded
from pipeline.web.jobs.running import Running
from pipeline.web.models import Embedding, Face, Job, Library

BATCH = 64  # faces


def run(job: Job, running: Running) -> dict[str, Any]:
    """Embeds every face of the account that has none in the space of its library's model."""
    library = Library.objects.get(owner=job.owner)
    embedder = embedder_of(library.model)
    if library.space != embedder.space:
        Library.objects.filter(pk=library.pk).update(space=embedder.space)
    ids = list(unembedded(job.owner, embedder.space).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        running.step(start, len(ids))
        faces = list(Face.objects.filter(pk__in=ids[start : start + BATCH]))
        chips = [storage.file_of("face", face.uuid).read_bytes() for face in faces]
        rows: np.ndarray = unit(embedder(chips)) if chips else np.zeros((0, 1))
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


def unit(x: np.ndarray) -> np.ndarray:
    """The rows (n, d) at length 1; a row of zeros stays."""
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return np.divide(x, lengths, out=np.zeros_like(x), where=lengths > 0)
