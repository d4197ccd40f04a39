"""The faces most like a face of the library, or like one in a photo that was sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np

from pipeline.web import texts
from pipeline.web.jobs.queue import PRIORITIES
from pipeline.web.library.spaces import Space, space_of
from pipeline.web.models import Account, Face, Job

MOST = 60  # faces of an answer
AT_ONCE = 64  # faces that are looked up at a time


def search_face(account: Account, face: Face) -> Job:
    """The faces most like one of the account's own, as a job that is done: it takes milliseconds, no worker.

    The job has failed where the face was not embedded yet.
    """
    embedded = space_of(account)
    own = np.flatnonzero(embedded.faces == face.pk)
    told: dict[str, Any] = {"state": "failed", "error": texts.NOT_EMBEDDED}
    if len(own):
        told = {"state": "done", "result": found(account, embedded, embedded.rows[own[0]])}
    about = {"kind": "search", "payload": {"face": face.pk}, "priority": PRIORITIES["search"]}
    return Job.objects.create(owner=account, **about, **told)


def found(account: Account, embedded: Space, row: np.ndarray) -> dict[str, Any]:
    """A search's result: the MOST shown faces nearest to the embedding row (d,), the nearest first."""
    alike = embedded.rows @ row if len(embedded.faces) else np.zeros(0)
    order = np.argsort(-alike, kind="stable")
    near: list[tuple[UUID, float]] = []
    for start in range(0, len(order), AT_ONCE):  # most faces are shown: the first part is enough but rarely
        part = order[start : start + AT_ONCE]
        ids = embedded.faces[part].tolist()
        shown = Face.objects.filter(owner=account, pk__in=ids, state="shown")
        names = dict(shown.values_list("pk", "uuid"))
        distances = np.sqrt(np.maximum(0.0, 2 - 2 * alike[part])).tolist()
        near += [(names[pk], far) for pk, far in zip(ids, distances, strict=True) if pk in names]
        if len(near) >= MOST:
            break
    return {"faces": [{"face": str(name), "distance": round(far, 3)} for name, far in near[:MOST]]}
