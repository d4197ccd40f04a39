"""Gives new faces to the people that are known, and groups those that are left; no old face moves."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import transaction

from pipeline.web.events import tell
from pipeline.web.jobs.running import Running
from pipeline.web.library.arrays import Faces, faces_of, rejections
from pipeline.web.library.grouping import own_distance
from pipeline.web.library.placing import count_faces, place
from pipeline.web.library.told import told_of
from pipeline.web.models import Account, Face, Job, Library, Person


def run(job: Job, running: Running) -> dict[str, Any]:
    """Places every face that was never placed: with a person, in a new group, or among the unknown."""
    account = job.owner
    library = Library.objects.get(owner=account)
    faces = faces_of(account, library.space)
    if not len(faces) or faces.placed.all():
        Face.objects.filter(owner=account, placed=False, person__isnull=False).update(placed=True)
        return {"faces": 0}
    distance = library.distance or own_distance(library.space, faces.x)
    person, sure, new = placed_by(account, faces, distance)
    running.step(1, 1)
    with transaction.atomic():
        Library.objects.select_for_update().get(pk=library.pk)
        # Somebody may have said something since: a rejected face stays away.
        refused = set(map(tuple, rejections(account, faces).tolist()))
        groups = np.unique(new[new >= 0])
        made = [Person(owner=account) for _ in groups]
        for one in made:
            one.save(force_insert=True)
        ids = {int(group): one.pk for group, one in zip(groups, made, strict=True)}
        rows = []
        for row in np.flatnonzero(~faces.placed | (new >= 0)):
            who = int(person[row]) or ids.get(int(new[row]))
            who = None if who is not None and (row, who) in refused else who
            rows.append((who, float(sure[row]), int(faces.face[row])))
        place(rows)
        Face.objects.filter(owner=account, placed=False, person__isnull=False).update(placed=True)
        touched = {row[0] for row in rows if row[0] is not None}
        count_faces(account, sorted(touched))
        tell(account, "people", {"new": len(made), "assigned": int((person > 0).sum())})
    return {"faces": len(rows), "assigned": int((person > 0).sum()), "people": len(made)}


def placed_by(account: Account, faces: Faces, distance: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of n faces: the id of the known person it goes to, 0 for none; how sure; its new group, or -1.

    A known person is a person with faces; a new group has two faces and more of nobody's, one of them new.
    """
    from models.clustering.corrections.assigning import assigned
    from models.clustering.corrections.confidence import confidence
    from models.clustering.corrections.constrained import grouped
    from models.clustering.corrections.neighbours import find_neighbours

    n = len(faces)
    person, sure, new = np.zeros(n, np.int64), np.zeros(n), np.full(n, -1, np.int64)
    told = told_of(account, faces)
    fresh = np.flatnonzero(~faces.placed & (faces.person == 0))
    known = faces.person > 0
    if known.any():
        who, how_sure = assigned(
            faces.x[fresh], faces.x[known], faces.person[known], distance, _among(told.apart, fresh, 1, n)
        )
        person[fresh], sure[fresh] = np.maximum(who, 0), how_sure
    nobody = np.flatnonzero((faces.person == 0) & (person == 0))
    if len(nobody) > 1:
        found = grouped(
            find_neighbours(faces.x[nobody]),
            distance,
            photos=faces.photo[nobody],
            pairs_together=_among(told.together, nobody, 2, n),
            pairs_apart=_among(told.pairs_apart, nobody, 2, n),
        )
        labels = found.labels
        with_new = np.isin(labels, np.unique(labels[~faces.placed[nobody]]))
        new[nobody] = np.where(with_new, labels, -1)
        sure[nobody] = confidence(faces.x[nobody], new[nobody])
    return person, sure, new


def _among(pairs: np.ndarray, rows: np.ndarray, columns: int, n: int) -> np.ndarray:
    """The pairs whose first columns are among some rows of n, told by their place among these."""
    place_of = np.full(n, -1, np.int64)
    place_of[rows] = np.arange(len(rows))
    out = pairs.copy()
    for column in range(columns):
        out[:, column] = place_of[out[:, column]]
        out = out[out[:, column] >= 0]
    return out
