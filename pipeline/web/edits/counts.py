"""Keeps the number of faces of each person, and its cover, right after a change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count

from pipeline.web.edits import steps
from pipeline.web.models import Account, Face, Person, Share, Verdict

if TYPE_CHECKING:
    from pipeline.web.edits.change import Change


def touched(change: Change) -> list[int]:
    """The ids of the people that a change sets, or whose faces it moves, adds, hides or removes."""
    people: set[Any] = set(change.people)
    faces: list[int] = []
    for step in change.steps:
        if step["table"] == "person" and step["do"] == "set":
            people |= set(step["ids"])
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

    A cover that is no longer its person's gives way to its surest face. A person without faces, without a
    name and shared with nobody is nobody, and is removed within the change.
    """
    for part in steps.parts_of(touched(change)):
        people = list(
            Person.objects.filter(pk__in=part, owner=account).select_related("cover").order_by("id")
        )
        counts = shown_faces(people)
        wanting = [person for person in people if not has_cover(person)]
        covers = surest(wanting)
        change.set_each(wanting, {"cover_id": [covers.get(one.pk) for one in wanting]}, derived=True)
        change.set_each(people, {"n_faces": [counts.get(one.pk, 0) for one in people]}, derived=True)
        remove_people(change, _nobody(people))


def remove_people(change: Change, people: list[Person]) -> None:
    """Removes people, who have no faces, with the verdicts that speak of them."""
    for part in steps.parts_of(people):
        change.remove(list(Verdict.objects.filter(person__in=part)))
        change.set(part, cover_id=None)
        change.remove(part)


def shown_faces(people: list[Person]) -> dict[int, int]:
    """How many faces each of these people shows that shows any, by their ids."""
    faces = Face.objects.filter(person__in=people, state="shown")
    return dict(faces.values_list("person").annotate(n=Count("id")).order_by())


def has_cover(person: Person) -> bool:
    """Whether a person's cover is a shown face of its own."""
    cover = person.cover
    return cover is not None and cover.person_id == person.pk and cover.state == "shown"


def surest(people: list[Person]) -> dict[int, int]:
    """The surest shown face of each of these people that has one, by their ids."""
    faces = Face.objects.filter(person__in=people, state="shown")
    found: dict[int, int] = {}
    for pk, person in faces.order_by("-confidence", "-quality", "id").values_list("id", "person_id"):
        found.setdefault(person, pk)
    return found


def _nobody(people: list[Person]) -> list[Person]:
    empty = [person for person in people if person.n_faces == 0 and not person.name]
    kept = set(Face.objects.filter(person__in=empty).values_list("person_id", flat=True))
    kept |= set(Share.objects.filter(person__in=empty).values_list("person_id", flat=True))
    return [person for person in empty if person.pk not in kept]
