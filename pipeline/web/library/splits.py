"""Splits one person into several: proposed by the worker, put right by hand, applied as one edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pipeline.web.edits.change import Change, changing
from pipeline.web.jobs import queue
from pipeline.web.library.naming import counted, person_for, spoken
from pipeline.web.library.refused import Refused
from pipeline.web.library.verdicts import assign
from pipeline.web.models import Account, Face, Person
from pipeline.web.owned import one, several

Answer = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """Faces of one part, and whose they are to be; a new person's without both."""

    faces: list[UUID]
    person: UUID | None = None
    name: str | None = None


def propose(account: Account, key: str, person: UUID, parts: int | None) -> Answer:
    """Asks the worker how a person may be split; nothing changes before it is applied.

    Raises Refused for a person of less than two faces.
    """
    with changing(account, "ask split", key, [person, parts]) as change:
        if change.answer is None:
            row = one(account, Person, person)
            if row.n_faces < 2:
                raise Refused(f"The person has {counted(row.n_faces)}. Expected two at least.")
            payload = {"person": row.pk, "parts": parts}
            job = queue.add(account, "split", payload)
            change.summary = "Asked how to split a person."
            change.answer = {"job": str(job.uuid), "person": str(row.uuid)}
    return change.answer


def apply(account: Account, key: str, person: UUID, columns: list[Column]) -> Answer:
    """Splits a person. The first column keeps it; each other goes to a person, to a name, or is a new person.

    Faces of the person that are in no column stay. Raises Http404, and Refused for faces that are another
    person's, or in two columns, and for a first column that is to be somebody else.
    """
    asked = [person, [[column.faces, column.person, column.name] for column in columns]]
    with changing(account, "split", key, asked) as change:
        if change.answer is None:
            row = one(account, Person, person)
            _check(row, columns)
            made: list[str] = []
            moved = 0
            for column in columns[1:]:
                if not column.faces:
                    continue
                target = _target(change, column)
                if target.pk == row.pk:
                    raise Refused("A column goes to the person that is split. Put its faces into the first.")
                faces = several(account, Face, column.faces)
                if any(face.person_id != row.pk for face in faces):
                    raise Refused("A face is not of this person, or no more. Expected its own. Split anew.")
                assign(change, faces, target)
                made.append(str(target.uuid))
                moved += len(faces)
            change.summary = (
                f"Split {spoken(row)}: {counted(moved)} to {counted(len(made), 'other', 'others')}."
            )
            change.answer = {"person": str(row.uuid), "people": made, "moved": moved}
    return change.answer


def _check(person: Person, columns: list[Column]) -> None:
    if columns[0].name is not None or columns[0].person not in (None, person.uuid):
        raise Refused("The first column keeps the person. Expected no name and no other person for it.")
    faces = [face for column in columns for face in column.faces]
    if len(set(faces)) < len(faces):
        raise Refused("A face is in two columns. Expected it in one.")
    if not any(column.faces for column in columns[1:]):
        raise Refused("All faces are in the first column. Expected some in another.")
    stay = set(columns[0].faces)
    if stay and len(several(person.owner, Face, list(stay))) != person.faces.filter(uuid__in=stay).count():
        raise Refused("A face is not of this person, or no more. Expected its own. Split anew.")


def _target(change: Change, column: Column) -> Person:
    nobody = column.person is None and not column.name
    return person_for(change, column.person, "" if nobody else column.name)
