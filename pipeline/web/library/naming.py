"""Names of people: how they are written down, and whose they are."""

from __future__ import annotations

from uuid import UUID

from pipeline.web.edits.change import Change
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Person
from pipeline.web.owned import one, owned

LONGEST = 200


def name_of(text: str) -> str:
    """A name without spaces around it; raises Refused for one that is longer than LONGEST."""
    name = " ".join(text.split())
    if len(name) > LONGEST:
        raise Refused(f"The name has {len(name)} characters. Expected {LONGEST} at most.")
    return name


def called(account: Account, name: str) -> list[Person]:
    """The account's people of this name, whatever its case, those with the most faces first."""
    return list(owned(account, Person).filter(name__iexact=name).order_by("-n_faces", "id"))


def person_for(change: Change, person: UUID | None, name: str | None) -> Person:
    """The account's person of this id, or the largest of this name, or a new one of this name.

    ``name`` "" asks for a new person without a name. Raises Http404, and Refused unless one of both is told.
    """
    if (person is None) == (name is None):
        raise Refused("Who is meant is not clear. Expected either person or name. Leave one of them out.")
    if person is not None:
        return one(change.account, Person, person)
    told = name_of(name or "")
    found = called(change.account, told) if told else []
    return found[0] if found else change.add([Person(owner=change.account, name=told)])[0]


def spoken(person: Person) -> str:
    """How a person is called in a sentence."""
    return person.name or "a person without a name"


def counted(number: int, one: str = "face", more: str = "faces") -> str:
    """A number of things, as 1 face or 3 faces."""
    return f"{number:,} {one if number == 1 else more}"
