"""What open pages hear of: rows with rising numbers, written within the transaction that they tell of."""

from __future__ import annotations

from typing import Any

from pipeline.web.models import Account, Event

KEPT = 500  # of an account; a page that was away longer loads anew


def tell(account: Account, kind: str, data: dict[str, Any]) -> None:
    """Tells the account's open pages that something is done or goes on."""
    made = Event.objects.create(owner=account, kind=kind, data=data)
    if made.pk % 100 == 0:
        kept = Event.objects.filter(owner=account).order_by("-id").values_list("id", flat=True)[KEPT:]
        Event.objects.filter(owner=account, pk__in=list(kept)).delete()


def events_after(account: Account, number: int, most: int = 100) -> list[Event]:
    """The account's events after a number, the oldest first."""
    return list(Event.objects.filter(owner=account, pk__gt=number).order_by("id")[:most])


def last_number(account: Account) -> int:
    """The number of the account's newest event; 0 without any."""
    return Event.objects.filter(owner=account).order_by("-id").values_list("id", flat=True).first() or 0
