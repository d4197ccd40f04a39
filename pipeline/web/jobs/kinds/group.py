"""Groups all faces anew, as a proposal: nothing changes before somebody accepts it."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db import connection, transaction

from pipeline.web.jobs.running import Running
from pipeline.web.library.arrays import Faces, faces_of
from pipeline.web.library.grouping import group
from pipeline.web.library.told import told_of
from pipeline.web.models import Edit, Grouping, GroupingRow, Job

COLUMNS = "grouping_id, face_id, person_id, number, confidence"
ROW = f"INSERT INTO web_groupingrow ({COLUMNS}) VALUES (%s, %s, %s, %s, %s)"
ROWS = f"""
    INSERT INTO web_groupingrow ({COLUMNS}) SELECT * FROM
    unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::integer[], %s::double precision[])
"""


def run(job: Job, running: Running) -> dict[str, Any]:
    """Fills the proposal of the payload: the rows of all faces, and what would change."""
    from models.clustering.corrections.confidence import confidence
    from models.clustering.corrections.matching import changes, matched

    grouping = Grouping.objects.filter(pk=job.payload["grouping"], owner=job.owner, state="proposed").first()
    if grouping is None or grouping.summary:
        return {}
    edited = Edit.objects.filter(owner=job.owner).order_by("-id").values_list("id", flat=True).first() or 0
    faces = faces_of(job.owner, grouping.space)
    told = told_of(job.owner, faces, hold_names=True)
    found = group(job.owner, grouping.space, faces, told, grouping.clusterer, grouping.distance)
    running.step(1, 2)
    old = np.where(faces.person > 0, faces.person, -1)
    matching = matched(old, found.labels, told.anchors >= 0)
    summary = {
        "changes": [told_change(change, faces) for change in changes(old, found.labels, matching)],
        "people": {str(number): person for number, person in matching.items()},
        "n_people": int(found.labels.max(initial=-1)) + 1,
        "n_unknown": int((found.labels < 0).sum()),
        "n_faces": len(faces),
    }
    sure = confidence(faces.x, found.labels)
    rows = [
        (grouping.pk, face, matching.get(label), label if label >= 0 and label not in matching else None, one)
        for face, label, one in zip(faces.face.tolist(), found.labels.tolist(), sure.tolist(), strict=True)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        GroupingRow.objects.filter(grouping=grouping).delete()
        if connection.vendor == "postgresql" and rows:  # one statement, not a turn to the server for each row
            cursor.execute(ROWS, [list(column) for column in zip(*rows, strict=True)])
        else:
            cursor.executemany(ROW, rows)
        Grouping.objects.filter(pk=grouping.pk).update(summary=summary, edited=edited)
    running.step(2, 2)
    return {"grouping": str(grouping.uuid), "people": summary["n_people"], "unknown": summary["n_unknown"]}


def told_change(change: Any, faces: Faces) -> dict[str, Any]:
    """A change of ``models.clustering.corrections.matching`` for JSON: people and faces by their ids."""
    return {
        "kind": change.kind,
        "old": [int(one) for one in change.old],
        "new": [int(one) for one in change.new],
        "faces_in": faces.face[change.faces_in].tolist(),
        "faces_out": faces.face[change.faces_out].tolist(),
    }
