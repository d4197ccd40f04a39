"""What somebody does with faces: move them, say whose they are not, confirm, hide, draw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pipeline.web.edits.change import changing
from pipeline.web.jobs import queue
from pipeline.web.library.naming import counted, person_for, spoken
from pipeline.web.library.refused import Refused
from pipeline.web.library.verdicts import SURE, assign, to_nobody, write
from pipeline.web.models import Account, Face, Person, Photo
from pipeline.web.owned import one, several

Answer = dict[str, Any]
SMALLEST = 8  # pixels of a drawn box, in each direction


def move(account: Account, key: str, faces: list[UUID], person: UUID | None, name: str | None) -> Answer:
    """Moves faces to a person, to the one of a name, or to a new one.

    Raises Http404 for what is not the account's, Refused unless either person or name is told.
    """
    with changing(account, "move", key, [faces, person, name]) as change:
        if change.answer is None:
            rows = several(account, Face, faces)
            target = person_for(change, person, name)
            assign(change, rows, target)
            change.summary = f"Moved {counted(len(rows))} to {spoken(target)}."
            change.answer = {"moved": len(rows), "person": str(target.uuid)}
    return change.answer


def reject(account: Account, key: str, faces: list[UUID], person: UUID) -> Answer:
    """Says that faces are not a person's: those that were its own become unknown, and none ever returns."""
    with changing(account, "reject", key, [faces, person]) as change:
        if change.answer is None:
            rows = several(account, Face, faces)
            target = one(account, Person, person)
            write(change, rows, target, False)
            to_nobody(change, [face for face in rows if face.person_id == target.pk])
            change.summary = f"{counted(len(rows))} not of {spoken(target)}."
            change.answer = {"rejected": len(rows), "person": str(target.uuid)}
    return change.answer


def confirm(account: Account, key: str, faces: list[UUID]) -> Answer:
    """Says that faces are of the people that they are with.

    Raises Refused if one of them is with nobody.
    """
    with changing(account, "confirm", key, [faces]) as change:
        if change.answer is None:
            rows = several(account, Face, faces)
            if any(face.person_id is None for face in rows):
                raise Refused("A face is of nobody. Expected faces of people. Move it to a person first.")
            of_people: dict[int, list[Face]] = {}
            for face in rows:
                of_people.setdefault(face.person_id, []).append(face)
            people = Person.objects.in_bulk(list(of_people))
            for pk, members in of_people.items():
                write(change, members, people[pk], True)
            change.set(rows, assigned_by="person", confidence=SURE)
            change.summary = f"Confirmed {counted(len(rows))}."
            change.answer = {"confirmed": len(rows)}
    return change.answer


def set_state(account: Account, key: str, faces: list[UUID], state: str) -> Answer:
    """Shows faces, ignores them, or says that they are none; their people keep them, uncounted."""
    told = {"shown": "Shown again", "ignored": "Ignored", "not_a_face": "No face"}
    with changing(account, "state", key, [faces, state]) as change:
        if change.answer is None:
            if state not in told:
                raise Refused(f"Unknown state {state!r}. Expected one of: {', '.join(told)}.")
            rows = several(account, Face, faces)
            change.set(rows, state=state)
            change.summary = f"{told[state]}: {counted(len(rows))}."
            change.answer = {"changed": len(rows)}
    return change.answer


def draw(
    account: Account, key: str, photo: UUID, box: list[float], person: UUID | None, name: str | None
) -> Answer:
    """Makes a face of a box drawn by hand, and asks the worker to cut it out.

    The box, left, top, width, height in pixels of the upright photo, is cut at the photo's edges. Raises
    Http404, and Refused for a box that leaves less than SMALLEST pixels.
    """
    with changing(account, "draw", key, [photo, box, person, name]) as change:
        if change.answer is None:
            on = one(account, Photo, photo)
            cut = clamped(box, on.width, on.height)
            face = change.add([Face(owner=account, photo=on, box=cut, origin="drawn", score=1.0)])[0]
            change.summary = "Drew a face."
            if person is not None or name is not None:
                target = person_for(change, person, name)
                assign(change, [face], target)
                change.summary = f"Drew a face of {spoken(target)}."
            job = queue.add(account, "draw", {"face": face.pk})
            change.answer = {"face": str(face.uuid), "job": str(job.uuid)}
    return change.answer


def clamped(box: list[float], width: int, height: int) -> list[float]:
    """A box, left, top, width, height, cut at the edges of a photo of this size.

    Raises Refused if less than SMALLEST pixels are left in one direction.
    """
    left, top = max(0.0, box[0]), max(0.0, box[1])
    right, bottom = min(float(width), box[0] + box[2]), min(float(height), box[1] + box[3])
    if right - left < SMALLEST or bottom - top < SMALLEST:
        raise Refused(
            f"The box leaves {max(0.0, right - left):.0f} by {max(0.0, bottom - top):.0f} pixels of a photo "
            f"of {width} by {height}. Expected {SMALLEST} at least. Draw a larger one within the photo."
        )
    return [left, top, right - left, bottom - top]
