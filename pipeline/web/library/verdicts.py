"""What somebody says of faces: whose they are, and whose they are not. Written within a change."""

from __future__ import annotations

from pipeline.web.edits import steps
from pipeline.web.edits.change import Change
from pipeline.web.models import Face, Person, Verdict

SURE = 1.0  # the confidence of what a person said


def assign(change: Change, faces: list[Face], person: Person) -> None:
    """Says that faces are a person's: they go there, are shown, and no grouping takes them away."""
    write(change, faces, person, True)
    change.set(faces, person=person, assigned_by="person", confidence=SURE, state="shown")


def write(change: Change, faces: list[Face], person: Person, is_person: bool) -> None:
    """Writes whether faces are a person's. A face is of one person at most: others it was said to be, go."""
    there: list[Verdict] = []
    others: list[Verdict] = []
    for part in steps.parts_of([face.pk for face in faces]):
        for verdict in Verdict.objects.filter(face__in=part).order_by("id"):
            if verdict.person_id == person.pk:
                there.append(verdict)
            elif verdict.is_person:
                others.append(verdict)
    change.set(there, is_person=is_person)
    if is_person:
        change.remove(others)
    known = {verdict.face_id for verdict in there}
    missing = [face for face in faces if face.pk not in known]
    change.add([Verdict(face=face, person=person, is_person=is_person) for face in missing])


def to_nobody(change: Change, faces: list[Face]) -> None:
    """Faces become unknown ones."""
    change.set(faces, person=None, assigned_by="", confidence=0.0)


def rejected(faces: list[int], person: Person) -> set[int]:
    """Which of these faces, by their ids, somebody said are not this person's."""
    found: set[int] = set()
    for part in steps.parts_of(faces):
        rows = Verdict.objects.filter(face__in=part, person=person, is_person=False)
        found |= set(rows.values_list("face_id", flat=True))
    return found
