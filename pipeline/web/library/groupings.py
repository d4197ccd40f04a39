"""Groups all faces anew: asked for, looked at, and applied in whole or in part, as one edit."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from django.db.models import Max

from pipeline.web.edits.change import Change, changing
from pipeline.web.edits.steps import parts_of
from pipeline.web.jobs import queue
from pipeline.web.library.grouping import check_clusterer
from pipeline.web.library.naming import counted
from pipeline.web.library.refused import Refused
from pipeline.web.models import (
    Account,
    Edit,
    Embedding,
    Face,
    Grouping,
    GroupingRow,
    Library,
    Person,
    Verdict,
)
from pipeline.web.owned import one, owned

Answer = dict[str, Any]


def propose(account: Account, key: str, clusterer: str, distance: float | None, space: str | None) -> Answer:
    """Asks the worker to group all faces anew; nothing changes before it is applied.

    Raises Refused for an unknown clusterer, one that is not made for so many faces, and without embeddings.
    """
    with changing(account, "group", key, [clusterer, distance, space]) as change:
        if change.answer is None:
            named = space or owned(account, Library).values_list("space", flat=True).first() or ""
            faces = owned(account, Embedding).filter(space=named).count()
            check_clusterer(clusterer, faces, distance)
            if faces == 0:
                raise Refused(f"No face has an embedding of {named!r}. Expected some. Upload photos first.")
            last = Edit.objects.filter(owner=account).aggregate(last=Max("id"))["last"] or 0
            made = Grouping.objects.create(
                owner=account, space=named, clusterer=clusterer, distance=distance, edited=last
            )
            job = queue.add(account, "group", {"grouping": made.pk})
            change.summary = "Asked for another grouping."
            change.answer = {"job": str(job.uuid), "grouping": str(made.uuid)}
    return change.answer


def preview(account: Account, grouping: UUID) -> Answer:
    """A grouping's state, numbers, and changes, with the names of people and the uuids of faces."""
    row = one(account, Grouping, grouping)
    changes = row.summary.get("changes", [])
    ids = {face for change in changes for side in ("faces_in", "faces_out") for face in change[side]}
    faces: dict[int, UUID] = {}
    for part in parts_of(sorted(ids)):
        faces |= dict(owned(account, Face).filter(pk__in=part).values_list("id", "uuid"))
    people = owned(account, Person).in_bulk({pk for change in changes for pk in change["old"]})
    told = []
    for change in changes:
        sides = {
            side: [faces[pk] for pk in change[side] if pk in faces] for side in ("faces_in", "faces_out")
        }
        old = [{"id": people[pk].uuid, "name": people[pk].name} for pk in change["old"] if pk in people]
        n = len({*sides["faces_in"], *sides["faces_out"]})
        told.append({"kind": change["kind"], "people": old, **sides, "n": n})
    waiting = row.state == "proposed" and "changes" not in row.summary
    numbers = {name: value for name, value in row.summary.items() if name != "changes"}
    return {"state": "waiting" if waiting else row.state, "summary": numbers, "changes": told}


def drop(account: Account, key: str, grouping: UUID) -> Answer:
    """Drops a proposed grouping."""
    with changing(account, "drop", key, [grouping]) as change:
        if change.answer is None:
            row = one(account, Grouping, grouping)
            if row.state == "applied":
                raise Refused("It is applied already. Expected a proposed one. Undo its edit instead.")
            GroupingRow.objects.filter(grouping=row).delete()
            Grouping.objects.filter(pk=row.pk).update(state="dropped", summary={})
            change.summary = "Dropped a grouping."
            change.answer = {"grouping": str(row.uuid)}
    return change.answer


def apply(account: Account, key: str, grouping: UUID, chosen: list[int] | None) -> Answer:
    """Applies a grouping, or some of its changes by their places.

    Faces that somebody confirmed or moved stay, rejected ones never return, and what was changed since the
    grouping was made stays as it is now; the answer tells how many. Raises Refused unless it is proposed.
    """
    with changing(account, "grouping", key, [grouping, chosen]) as change:
        if change.answer is None:
            row = one(account, Grouping, grouping)
            if row.state != "proposed" or "changes" not in row.summary:
                state = row.state if row.state != "proposed" else "still in the making"
                raise Refused(f"The grouping is {state}. Expected one that is proposed. Group again.")
            wanted = list(GroupingRow.objects.filter(grouping=row).order_by("id"))
            if chosen is not None:
                named = _faces_of(row, chosen)
                wanted = [one for one in wanted if one.face_id in named]
            change.answer = _apply(change, row, wanted, whole=chosen is None)
            change.set([row], state="applied")
    return change.answer


def _apply(change: Change, grouping: Grouping, wanted: list[GroupingRow], whole: bool) -> Answer:
    read = owned(change.account, Face).filter(groupingrow__grouping=grouping)
    faces = {face.pk: face for face in read.only("person_id", "assigned_by", "confidence")}
    kept: Counter[str] = Counter()
    rows = _allowed(change.account, grouping, wanted, faces, kept)
    new = _new_people(change, rows)
    targets = [row.person_id if row.number is None else new[row.number] for row in rows]
    moved = [faces[row.face_id] for row in rows]
    count = sum(face.person_id != to for face, to in zip(moved, targets, strict=True))
    change.set_each(
        moved,
        {
            "person_id": targets,
            "assigned_by": ["group" if to is not None else "" for to in targets],
            "confidence": [
                0.0 if to is None else row.confidence for row, to in zip(rows, targets, strict=True)
            ],
        },
    )
    if whole:
        library = list(owned(change.account, Library))
        fields = {"space": grouping.space, "clusterer": grouping.clusterer, "distance": grouping.distance}
        model = library[0].space_models.get(grouping.space, library[0].model)
        change.set(library, **fields, model=model)
    change.summary = (
        f"Grouped again: {counted(count)} moved, {counted(len(new), 'new person', 'new people')}."
    )
    told = {"moved": count, "new_people": len(new)}
    return {**told, "kept": {name: kept[name] for name in ("confirmed", "rejected", "changed_since")}}


def _allowed(
    account: Account,
    grouping: Grouping,
    wanted: list[GroupingRow],
    faces: dict[int, Face],
    kept: Counter[str],
) -> list[GroupingRow]:
    """The rows that may be applied; why the others may not is counted, where they would move a face."""
    verdicts = owned(account, Verdict).values_list("face_id", "person_id", "is_person")
    said = list(verdicts)
    confirmed = {face for face, _, is_person in said if is_person}
    rejected = {(face, person) for face, person, is_person in said if not is_person}
    since = changed_since(account, grouping.edited)
    people = {None, *owned(account, Person).values_list("id", flat=True)}
    allowed = []
    for row in wanted:
        face = faces.get(row.face_id)
        if face is None:
            continue
        moves = row.number is not None or row.person_id != face.person_id
        if face.pk in since or row.person_id not in people:
            kept["changed_since"] += moves
        elif face.pk in confirmed or face.assigned_by == "person":
            kept["confirmed"] += moves
        elif row.person_id is not None and (face.pk, row.person_id) in rejected:
            kept["rejected"] += moves
        else:
            allowed.append(row)
    return allowed


def changed_since(account: Account, edit: int) -> set[int]:
    """The ids of the faces that an edit after this one set, made, or said something of."""
    faces: set[int] = set()
    for row in Edit.objects.filter(owner=account, pk__gt=edit).exclude(forward=[]).iterator(chunk_size=50):
        for step in row.forward:
            if step["table"] == "face":
                faces |= set(step["ids"]) if step["do"] == "set" else {one["id"] for one in step["rows"]}
            elif step["table"] == "verdict" and step["do"] != "set":
                faces |= {one["face_id"] for one in step["rows"]}
    return faces


def _faces_of(grouping: Grouping, chosen: list[int]) -> set[int]:
    changes = grouping.summary["changes"]
    if any(place >= len(changes) for place in chosen):
        raise Refused(f"A change has no such place. Expected places from 0 to {len(changes) - 1}.")
    sides = [changes[place][side] for place in chosen for side in ("faces_in", "faces_out")]
    return {face for side in sides for face in side}


def _new_people(change: Change, rows: list[GroupingRow]) -> dict[int, int]:
    numbers = sorted({row.number for row in rows if row.number is not None})
    made = change.add([Person(owner=change.account) for _ in numbers])
    return {number: person.pk for number, person in zip(numbers, made, strict=True)}
