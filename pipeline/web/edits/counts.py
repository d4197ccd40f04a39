"""Keeps the number of faces of each person, and its cover, right after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count

from pipeline.web.edits import steps
from pipeline.web.models import Account, Face, Person

if TYPE_CHECKING:
    from pipeline.web.edits.change import Change


def touched(change: Change) -> list[int]:
    """The ids of the people whose faces a change moves, adds, hides or removes."""
    people: set[Any] = set()
    faces: list[int] = []
    for step in change.steps:
        if step["table"] != "face":
            continue
        if step["do"] != "set":
            people |= {row["person_id"] for row in step["rows"]}
        elif step["field"] == "person_id":
            people |= {*step["was"], *step["is"]}
            faces += step["ids"]
        elif step["field"] == "state":
            faces += step["ids"]
    for part in steps.parts_of(faces):
        people |= set(Face.objects.filter(pk__in=part).values_list("person_id", flat=True))
    return sorted(people - {None})


def recount(account: Account, change: Change) -> None:
    """Counts the shown faces of every person that a change touched, anew.

    A cover that is no longer its person's gives way to its surest face. A person without faces and without a
    name is nobody, and is removed within the change.
    """
    ids = touched(change)
    empty: list[Person] = []
    for part in steps.parts_of(ids):
        counts = dict(
            Face.objects.filter(person__in=part, state="shown")
            .values_list("person")
            .annotate(n=Count("id"))
            .order_by()
        )
        for person in Person.objects.filter(pk__in=part, owner=account).select_related("cover"):
            _recount_one(change, person, counts.get(person.pk, 0))
            nobody = person.n_faces == 0 and not person.name and not person.faces.exists()
            if nobody and not person.share_set.exists():
                empty.append(person)
    remove_people(change, empty)


def remove_people(change: Change, people: list[Person]) -> None:
    """Removes people, who have no faces, with the verdicts that speak of them."""
    for part in steps.parts_of(people):
        verdicts = [verdict for person in part for verdict in person.verdicts.all()]
        change.remove(verdicts)
        change.set(part, cover=None)
        change.remove(part)


def _recount_one(change: Change, person: Person, count: int) -> None:
    cover = person.cover
    if cover is None or cover.person_id != person.pk or cover.state != "shown":
        best = Face.objects.filter(person=person, state="shown").order_by("-confidence", "-quality").first()
        change.set([person], cover=best)
    change.set([person], n_faces=count)
