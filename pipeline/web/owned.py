"""The one place that says whose a row is: every view asks here for the rows that it shows or changes."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.http import Http404

from pipeline.web.models import (
    Account,
    Batch,
    Comment,
    Edit,
    Embedding,
    Event,
    Face,
    Grouping,
    GroupingRow,
    Item,
    Job,
    KeptNeighbours,
    Library,
    PairVerdict,
    Person,
    Photo,
    Session,
    Share,
    Verdict,
)

Table = TypeVar("Table", bound=Any)

# The field that leads from a row to the account whose it is.
OWNERS: dict[type[Model], str] = {
    Batch: "owner",
    Comment: "author",
    Edit: "owner",
    Embedding: "face__owner",
    Event: "owner",
    Face: "owner",
    Grouping: "owner",
    GroupingRow: "grouping__owner",
    Item: "batch__owner",
    Job: "owner",
    KeptNeighbours: "owner",
    Library: "owner",
    PairVerdict: "first__owner",
    Person: "owner",
    Photo: "owner",
    Session: "account",
    Share: "owner",
    Verdict: "face__owner",
}


def owned(account: Account, table: type[Table]) -> QuerySet[Table]:
    """The rows of a table that are the account's own."""
    return table._default_manager.filter(**{OWNERS[table]: account})


def one(account: Account, table: type[Table], uuid: UUID | str) -> Table:
    """The account's own row of this name; raises Http404, as for a row that does not exist."""
    return _only(owned(account, table), uuid)


def several(account: Account, table: type[Table], uuids: list[UUID]) -> list[Table]:
    """The account's own rows of these names, in their order; raises Http404 if one is missing."""
    found: dict[Any, Table] = {}
    wanted = list(dict.fromkeys(uuids))
    for start in range(0, len(wanted), 500):
        rows = owned(account, table).filter(uuid__in=wanted[start : start + 500])
        found |= {row.uuid: row for row in rows}
    if len(found) < len(wanted):
        raise Http404(f"No {table.__name__.lower()} of this name.")
    return [found[name] for name in wanted]


def seen(account: Account, table: type[Table]) -> QuerySet[Table]:
    """The rows of Person, Photo or Face that the account may look at: its own, and what is shared with it.

    A shared person shows its faces and, of the photos they are in, nobody else's name. A shared photo shows
    no faces.
    """
    own = Q(**{OWNERS[table]: account})
    if table is Person:
        return table._default_manager.filter(own | Q(share__guest=account)).distinct()
    if table is Photo:
        shared = Q(share__guest=account) | Q(faces__person__share__guest=account, faces__state="shown")
        return table._default_manager.filter(own | shared).distinct()
    if table is Face:
        shared = Q(person__share__guest=account, state="shown")
        return table._default_manager.filter(own | shared).distinct()
    raise TypeError(f"Nothing of {table.__name__} is shared. Expected Person, Photo or Face.")


def one_seen(account: Account, table: type[Table], uuid: UUID | str) -> Table:
    """The row of this name that the account may look at; raises Http404.

    Its own are looked for first: most are, and it is the cheaper question.
    """
    try:
        return one(account, table, uuid)
    except Http404:
        return _only(seen(account, table), uuid)


def may_comment(account: Account, photo: Photo) -> bool:
    """Whether the account may write below this photo."""
    if photo.owner_id == account.pk:
        return True
    shares = Share.objects.filter(guest=account, may_comment=True)
    of_people = Q(person__faces__photo=photo, person__faces__state="shown")
    return shares.filter(Q(photo=photo) | of_people).exists()


def shared_by_or_with(account: Account) -> QuerySet[Share]:
    """The shares that the account gave, and those that it got."""
    return Share.objects.filter(Q(owner=account) | Q(guest=account))


def _only(rows: QuerySet[Any], uuid: UUID | str) -> Any:
    try:
        name = UUID(str(uuid))
    except ValueError:
        raise Http404("No such thing.") from None
    row = rows.filter(uuid=name).first()
    if row is None:
        raise Http404("No such thing.")
    return row
