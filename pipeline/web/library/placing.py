"""Writes who faces are, for thousands at a time, while other changes of the account wait."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, Max

from pipeline.web.edits.steps import parts_of
from pipeline.web.models import Account, Face, Person

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
    """Counts the shown faces of people, and gives those without a cover their surest face."""
    for part in parts_of(people):
        rows = (
            Face.objects.filter(owner=account, person__in=part, state="shown")
            .values_list("person")
            .annotate(n=Count("id"), sure=Max("confidence"))
            .order_by()
        )
        told = {person: (n, sure) for person, n, sure in rows}
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE web_person SET n_faces = %s WHERE id = %s",
                [(told.get(pk, (0, 0))[0], pk) for pk in part],
            )
        without = set(Person.objects.filter(pk__in=part, cover=None).values_list("pk", flat=True))
        best: dict[int, int] = {}
        faces = Face.objects.filter(person__in=without, state="shown").order_by("person", "-confidence", "id")
        for person, face in faces.values_list("person_id", "id"):
            best.setdefault(person, face)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE web_person SET cover_id = %s WHERE id = %s", [(face, pk) for pk, face in best.items()]
            )
