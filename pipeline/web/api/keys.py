"""The header that makes a change happen once, and pages that go on after a key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.core import signing
from django.db.models import Q, QuerySet
from ninja import Header, Query
from pydantic import AfterValidator

from pipeline.web.library.refused import Refused


def plain(text: str) -> str:
    """A text that every database keeps; raises ValueError for control characters and halves of characters."""
    if any(character < " " and character not in "\n\r\t" for character in text):
        raise ValueError("has control characters; expected plain text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("has half a character; expected whole ones") from None
    return text


Text = Annotated[str, AfterValidator(plain)]
Key = Annotated[Text, Header(alias="Idempotency-Key", min_length=1, max_length=80)]
After = Annotated[Text | None, Query(max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=200)]
Order = list[tuple[str, bool]]  # fields, and whether the largest comes first; together no two rows are alike


def page(rows: QuerySet[Any], order: Order, after: str | None, limit: int) -> tuple[list[Any], str | None]:
    """At most ``limit`` rows that come after a key, and the key to go on after; None at the end.

    The key holds the last row's values of the order, so rows that come and go before it change nothing.
    Raises Refused for a key that is not of this order.
    """
    if after is not None:
        rows = rows.filter(_beyond(order, read_key(order, after)))
    found = list(rows.order_by(*(f"-{name}" if down else name for name, down in order))[: limit + 1])
    if len(found) <= limit:
        return found, None
    return found[:limit], made_key(order, [getattr(found[limit - 1], name) for name, _ in order])


def made_key(order: Order, values: list[Any]) -> str:
    """The key of a row with these values of an order."""
    told = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return signing.dumps(told, salt=_salt(order))


def read_key(order: Order, key: str) -> list[Any]:
    """The values that a key was made of; raises Refused for a key that is not of this order."""
    try:
        return list(signing.loads(key, salt=_salt(order)))
    except signing.BadSignature:
        raise Refused(
            "The key after= is not of this list. Expected the last answer's next. Start without it."
        ) from None


def _beyond(order: Order, values: list[Any]) -> Q:
    beyond = Q()
    before: dict[str, Any] = {}
    for (name, down), value in zip(order, values, strict=True):
        beyond |= Q(**before, **{f"{name}__{'lt' if down else 'gt'}": value})
        before[name] = value
    return beyond


def _salt(order: Order) -> str:
    return "page by " + ",".join(f"{name}{'-' if down else ''}" for name, down in order)
