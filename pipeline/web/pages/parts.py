"""Long lists in parts, each going on after the last row's key, so that no part is dearer than the first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.dateparse import parse_datetime

PART = 160  # rows of one answer
MOST = 6000  # rows of an answer that puts a page back as it was


@dataclass(frozen=True)
class Part:
    """Rows, and the address of the next ones ("" at the end)."""

    rows: list[Any]
    next: str


def wanted(request: HttpRequest) -> int:
    """How many rows are asked for: a part, or as many as the page held before it was fetched anew."""
    return max(PART, min(MOST, whole(request.GET.get("n", ""))))


def whole(text: str) -> int:
    """A whole number out of an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def moment(text: str) -> datetime | None:
    """A moment with its zone out of an address; None for anything else."""
    try:
        at = parse_datetime(text)
        return at.astimezone(timezone.utc) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):  # as the 31st of February, or the year 10,000 in UTC
        return None


def key(request: HttpRequest, count: int) -> tuple[str, ...] | None:
    """The parts of the key that rows are asked for after; None for the first part, or for a broken key."""
    parts = tuple(request.GET.get("after", "").split("~"))
    return parts if len(parts) == count and whole(parts[-1]) else None


def part(request: HttpRequest, rows: list[Any], keys: tuple[str, ...]) -> Part:
    """The rows without the one beyond, and the address that goes on after the last by its ``keys``.

    ``rows`` holds one row more than is shown, if there is one more.
    """
    n = wanted(request)
    if len(rows) <= n:
        return Part(rows, "")
    return Part(rows[:n], next_address(request, [getattr(rows[n - 1], name) for name in keys]))


def next_address(request: HttpRequest, last: Iterable[Any]) -> str:
    """The address of the same page from the last row's key on."""
    asked = {name: value for name, value in request.GET.items() if name not in ("after", "n")}
    return "?" + urlencode({**asked, "after": "~".join(_told(value) for value in last)})


def _told(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
