"""Two people and more become one."""

from __future__ import annotations

from typing import Any

from pipeline.web.edits.change import Change
from pipeline.web.library.naming import counted, spoken
from pipeline.web.library.verdicts import to_nobody
from pipeline.web.models import Face, Person, Share, Verdict


def ordered(people: list[Person]) -> list[Person]:
    """People as they go into each other: those with a name first, of these the largest, then the oldest."""
    return sorted(people, key=lambda person: (not person.name, -person.n_faces, person.pk))


def merge_into(change: Change, into: Person, others: list[Person]) -> dict[str, Any]:
    """Gives a person the faces, verdicts and shares of others, who are gone then; returns the answer.

    Its name stays; without one it takes the name of the first of the others that has one. A face of which
    somebody said that it is not one of them becomes unknown, unless somebody said that it is another of them.
    """
    names = [person.name for person in [into, *ordered(others)] if person.name]
    gone = sorted({name for name in names if name.casefold() != names[0].casefold()})
    faces = list(Face.objects.filter(person__in=others).order_by("id"))
    change.set(faces, person=into)
    _merge_verdicts(change, into, others)
    left = _left_out(change, into)
    _merge_shares(change, into, others)
    _merge_marks(change, into, others, names[0] if names else "")
    change.set(others, cover=None)
    change.remove(others)
    change.summary = f"Merged {counted(len(others) + 1, 'person', 'people')} into {spoken(into)}"
    change.summary += f" ({', '.join(gone)} no more)." if gone else "."
    kept = {"person": str(into.uuid), "name": into.name, "names_gone": gone}
    return {**kept, "moved": len(faces), "left_out": left}


def _merge_verdicts(change: Change, into: Person, others: list[Person]) -> None:
    verdicts = list(Verdict.objects.filter(person__in=[into, *others]).order_by("id"))
    of_faces: dict[int, list[Verdict]] = {}
    for verdict in verdicts:
        of_faces.setdefault(verdict.face_id, []).append(verdict)
    kept: list[Verdict] = []
    dropped: list[Verdict] = []
    true: list[Verdict] = []
    for said in of_faces.values():
        # The row that speaks of ``into`` already is the one to keep: two of one pair may not be.
        first = next((verdict for verdict in said if verdict.person_id == into.pk), said[0])
        kept.append(first)
        dropped += [verdict for verdict in said if verdict is not first]
        if any(verdict.is_person for verdict in said):
            true.append(first)
    change.remove(dropped)
    change.set(kept, person=into)
    change.set(true, is_person=True)


def _left_out(change: Change, into: Person) -> int:
    not_it = Verdict.objects.filter(person=into, is_person=False).values("face_id")
    faces = list(Face.objects.filter(person=into, pk__in=not_it))
    to_nobody(change, faces)
    return len(faces)


def _merge_shares(change: Change, into: Person, others: list[Person]) -> None:
    guests: dict[int, Share] = {share.guest_id: share for share in Share.objects.filter(person=into)}
    for share in Share.objects.filter(person__in=others).order_by("id"):
        first = guests.setdefault(share.guest_id, share)
        if first is share:
            change.set([share], person=into)
            continue
        change.set([first], may_comment=first.may_comment or share.may_comment)
        change.remove([share])


def _merge_marks(change: Change, into: Person, others: list[Person], name: str) -> None:
    everybody = [into, *others]
    cover = next((person.cover_id for person in everybody if person.cover_id), None)
    change.set([into], name=name, cover_id=cover, favourite=any(person.favourite for person in everybody))
