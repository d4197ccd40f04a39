"""Takes what is erased out of edits, jobs and proposals, so that no row tells of it any longer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from pipeline.web.edits import steps
from pipeline.web.models import Account, Edit, Event, Grouping, GroupingRow, Job, KeptNeighbours, Person

GONE = "A change of something that was erased since."


@dataclass(frozen=True)
class Erased:
    """What goes: the ids of rows by table, and the words (names, uuids) that nothing may hold any longer."""

    ids: dict[str, set[int]]
    words: set[str] = field(default_factory=set)

    def holds(self, column: str, value: Any) -> bool:
        """Whether a column's value is the id of an erased row; columns are called as their tables."""
        table = {"cover_id": "face", "first_id": "face", "second_id": "face"}.get(column, column[:-3])
        return column.endswith("_id") and value in self.ids.get(table, ())

    def said_in(self, told: Any) -> bool:
        """Whether one of the words, as a whole word, is in what is kept as JSON."""
        text = json.dumps(told, ensure_ascii=False, default=str)
        words = [re.escape(json.dumps(word, ensure_ascii=False)[1:-1]) for word in self.words if word]
        return bool(words) and re.search(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", text) is not None


def everything_of(account: Account, person: Person) -> Erased:
    """A person with all who were merged into it and are no more, and every name that one of them had."""
    edits = Edit.objects.filter(owner=account).order_by("-id")
    said = [step for edit in edits.iterator(chunk_size=100) for step in _of_people(edit)]
    there = set(Person.objects.filter(owner=account).values_list("id", flat=True))
    ids: set[int] = {person.pk}
    before: set[int] = set()
    while ids != before:
        before = set(ids)
        for step in said:
            if step["table"] == "face" and ids & {*step["is"]}:
                ids |= {*step["was"]} - there - {None}
    words = {person.name, str(person.uuid)}
    for step in said:
        if step["do"] != "set":
            gone = [row for row in step["rows"] if row["id"] in ids]
            words |= {word for row in gone for word in (row["name"], row["uuid"])}
        elif step["field"] == "name":
            told = zip(
                step["ids"], steps.step_values(step, "was"), steps.step_values(step, "is"), strict=True
            )
            words |= {name for pk, *names in told if pk in ids for name in names}
    return Erased({"person": ids}, words)


def _of_people(edit: Edit) -> list[steps.Step]:
    """The steps that move faces or tell of people."""
    moves = [step for step in edit.forward if step["table"] == "face" and step.get("field") == "person_id"]
    return moves + [step for step in edit.forward if step["table"] == "person"]


def scrub(account: Account, erased: Erased) -> None:
    """Takes erased rows out of all that the account keeps beside the tables themselves.

    Edits lose the steps of these rows, and their texts; jobs, proposals and events what names them.
    """
    for edit in Edit.objects.filter(owner=account).order_by("id").iterator(chunk_size=100):
        _scrub_edit(edit, erased)
    for job in Job.objects.filter(owner=account).iterator(chunk_size=100):
        _scrub_job(job, erased)
    for grouping in Grouping.objects.filter(owner=account):
        _scrub_grouping(grouping, erased)
    for event in Event.objects.filter(owner=account).exclude(kind="edit"):
        if erased.said_in(event.data):
            event.delete()
    KeptNeighbours.objects.filter(owner=account).delete()


def drop_exports(account: Account) -> list[str]:
    """Drops exports that may tell of what is erased; returns the names of their files, which are to go."""
    begun = Job.objects.filter(owner=account, kind="export").exclude(state="waiting")
    names = [str(name) for name in begun.values_list("uuid", flat=True)]
    begun.delete()
    return names


def scrubbed(step: steps.Step, erased: Erased) -> steps.Step | None:
    """A step without what it says of erased rows; None if nothing is left of it."""
    ids = erased.ids.get(step["table"], set())
    if step["do"] == "set":
        pairs = zip(steps.step_values(step, "was"), steps.step_values(step, "is"), strict=True)
        kept = [
            place
            for place, (pk, values) in enumerate(zip(step["ids"], pairs, strict=True))
            if pk not in ids and not any(erased.holds(step["field"], value) for value in values)
        ]
        if len(kept) == len(step["ids"]):
            return step
        return steps.with_values(step, kept) if kept else None
    rows = [row for row in step["rows"] if row["id"] not in ids]
    rows = [_without(step["table"], row, erased) for row in rows]
    left = [row for row in rows if row is not None]
    return {**step, "rows": left} if left else None


def _without(table: str, row: dict[str, Any], erased: Erased) -> dict[str, Any] | None:
    """A row of a step; what only marks an erased row goes with it, a face or a person stays without it."""
    held = [column for column, value in row.items() if erased.holds(column, value)]
    if not held:
        return row
    nullable = {("face", "person_id"), ("person", "cover_id")}
    if any((table, column) not in nullable for column in held):
        return None
    return {**row, **dict.fromkeys(held)}


def _scrub_edit(edit: Edit, erased: Erased) -> None:
    both = [[scrubbed(step, erased) for step in side] for side in (edit.forward, edit.inverse)]
    forward, inverse = ([step for step in side if step is not None] for side in both)
    touched = forward != edit.forward or inverse != edit.inverse
    if touched or erased.said_in([edit.summary, edit.answer, edit.key]):
        answer = {"edit": str(edit.uuid), "summary": GONE}
        fields = {"forward": forward, "inverse": inverse, "summary": GONE, "answer": answer}
        if erased.said_in(edit.key):  # names out of a photo came with its own as their key
            fields["key"] = str(edit.uuid)
        Edit.objects.filter(pk=edit.pk).update(**fields)


def _scrub_job(job: Job, erased: Erased) -> None:
    if job.kind == "erase":
        return  # it has the files to remove, and is removed with its own work
    lists = [(key, erased.ids.get(key[:-1], set())) for key in ("faces", "photos")]
    named = [(key, erased.ids.get(key, set())) for key in ("face", "photo", "person")]
    if any(job.payload.get(key) in ids for key, ids in named) or erased.said_in([job.payload, job.error]):
        job.delete()
        return
    payload = dict(job.payload)
    for key, ids in lists:
        if isinstance(payload.get(key), list):
            payload[key] = [one for one in payload[key] if one not in ids]
    result = {} if erased.said_in(job.result) else job.result
    if payload != job.payload or result != job.result:
        Job.objects.filter(pk=job.pk).update(payload=payload, result=result)


def _scrub_grouping(grouping: Grouping, erased: Erased) -> None:
    faces, people = erased.ids.get("face", set()), erased.ids.get("person", set())
    rows = GroupingRow.objects.filter(grouping=grouping)
    for part in steps.parts_of(sorted(faces)):
        rows.filter(face__in=part).delete()
    rows.filter(Q(person__in=people)).delete()
    told = dict(grouping.summary)
    changes = []
    for change in told.get("changes", []):
        kept = {**change, "old": [one for one in change.get("old", []) if one not in people]}
        for side in ("faces_in", "faces_out"):
            kept[side] = [one for one in change.get(side, []) if one not in faces]
        changes.append(kept)
    if changes:
        Grouping.objects.filter(pk=grouping.pk).update(summary={**told, "changes": changes})
