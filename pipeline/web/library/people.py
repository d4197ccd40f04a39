"""What somebody does with people: name, hide, mark, give a cover, put together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pipeline.web.edits.change import Change, changing
from pipeline.web.library.merging import merge_into, ordered
from pipeline.web.library.naming import called, counted, name_of, spoken
from pipeline.web.library.refused import Refused
from pipeline.web.models import Account, Face, Person
from pipeline.web.owned import one, several

Answer = dict[str, Any]
Fields = dict[str, Any]  # name, hidden, favourite and cover, each if it was told


def patch(account: Account, key: str, person: UUID, fields: Fields) -> Answer:
    """Names a person, hides it, marks it as a favourite, or gives it a cover.

    Two people may have one name: the answer's ``same_name`` tells who else has it. Raises Http404, and
    Refused for a cover that is not a shown face of the person.
    """
    with changing(account, "person", key, [person, fields]) as change:
        if change.answer is None:
            row = one(account, Person, person)
            told = _set(change, [row], fields)
            if fields.get("cover") is not None:
                cover = one(account, Face, fields["cover"])
                if cover.person_id != row.pk or cover.state != "shown":
                    raise Refused("The cover is no shown face of this person. Expected one of its faces.")
                change.set([row], cover=cover)
                told.append("a new cover")
            change.summary = f"{spoken(row)}: {', '.join(told) or 'nothing changed'}."[:300]
            change.answer = {"person": str(row.uuid), "same_name": _same_name(account, [row])}
    return change.answer


def patch_several(account: Account, key: str, people: list[UUID], fields: Fields) -> Answer:
    """Names several people alike, hides them, or marks them as favourites."""
    with changing(account, "people", key, [people, fields]) as change:
        if change.answer is None:
            rows = several(account, Person, people)
            told = _set(change, rows, fields)
            of = counted(len(rows), "person", "people")
            change.summary = f"{of}: {', '.join(told) or 'nothing changed'}."[:300]
            change.answer = {"changed": len(rows), "same_name": _same_name(account, rows)}
    return change.answer


def merge(account: Account, key: str, people: list[UUID], into: UUID | None) -> Answer:
    """Puts people together; see ``merging.merge_into``.

    They go into ``into``, else into the named one with the most faces, else into the one with the most.
    The answer tells the name that stays, and those that go. Raises Http404, and Refused for less than two.
    """
    with changing(account, "merge", key, [people, into]) as change:
        if change.answer is None:
            rows = several(account, Person, [*people, *([into] if into else [])])
            if len(rows) < 2:
                raise Refused("One person can't be merged. Expected two at least. Tick another one.")
            target = one(account, Person, into) if into else ordered(rows)[0]
            others = [row for row in ordered(rows) if row.pk != target.pk]
            change.answer = merge_into(change, next(row for row in rows if row.pk == target.pk), others)
    return change.answer


def _set(change: Change, rows: list[Person], fields: Fields) -> list[str]:
    told: list[str] = []
    if fields.get("name") is not None:
        name = name_of(fields["name"])
        before = ", ".join(sorted({row.name for row in rows if row.name and row.name != name}))
        change.set(rows, name=name)
        told.append(f"named {name}" if name else "without a name now")
        told[-1] += f" (was {before})" if before else ""
    for field, words in (
        ("hidden", ("shown again", "hidden")),
        ("favourite", ("no favourite", "favourite")),
    ):
        if fields.get(field) is not None:
            change.set(rows, **{field: fields[field]})
            told.append(words[fields[field]])
    return told


def _same_name(account: Account, rows: list[Person]) -> list[str]:
    names = {row.name for row in rows if row.name}
    own = {row.pk for row in rows}
    same = [person for name in sorted(names) for person in called(account, name)]
    return [str(person.uuid) for person in same if person.pk not in own]
