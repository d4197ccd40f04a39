"""Writes who faces are, for thousands at a time, while other changes of the account wait."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from pipeline.web.edits.counts import has_cover, shown_faces, surest
from pipeline.web.edits.steps import parts_of
from pipeline.web.models import Account, Person

PLACE = """
    UPDATE web_face SET person_id = %s, assigned_by = %s, confidence = %s, placed = %s
    WHERE id = %s AND person_id IS NULL AND state = 'shown'
"""


def place(rows: Iterable[tuple[int | None, float, int]]) -> None:
    """Gives faces that have no person one: rows of person id or None, confidence, and face id.

    Must run within a transaction that holds the account's library. A face that got a person meanwhile keeps
    it.
    """
    told = [(person, "group" if person else "", sure, True, face) for person, sure, face in rows]
    with connection.cursor() as cursor:
        cursor.executemany(PLACE, told)


def count_faces(account: Account, people: list[int]) -> None:
    """Counts the shown faces of people, by their ids, and gives those without a cover their surest face."""
    for part in parts_of(people):
        rows = list(Person.objects.filter(owner=account, pk__in=part).select_related("cover"))
        wanting = [person for person in rows if not has_cover(person)]
        counts, covers = shown_faces(rows), surest(wanting)
        for person in rows:
            person.n_faces = counts.get(person.pk, 0)
        for person in wanting:
            person.cover_id = covers.get(person.pk)
        Person.objects.bulk_update(rows, ["n_faces", "cover"])
