"""Figures with their intervals as rows: a name, a bar on a common scale, and the numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.words.text import decimal, is_number


@dataclass(frozen=True)
class Track:
    """One row: the places of its dot and its bar, in per cent of the scale; None if there is none.

    ``text`` is the figure in numbers, and ``note`` says what it is based on.
    """

    name: str
    text: str
    note: str
    at: float | None
    start: float | None
    span: float | None


@dataclass(frozen=True)
class Tracks:
    """Rows on one scale from ``low`` to ``high``, as text."""

    rows: list[Track]
    low: str
    high: str


def tracks(
    entries: Sequence[tuple[str, Mapping[str, Any], str]], least: float = 0.0, most: float = 1.0
) -> Tracks:
    """Rows of (name, {"value", "low", "high"}, note), on a scale from least to most that holds all ends."""
    ends = [float(e[key]) for _, e, _ in entries for key in ("value", "low", "high") if is_number(e.get(key))]
    bottom, top = min([least, *ends]), max([most, *ends])
    return Tracks(
        [_track(*entry, bottom, top) for entry in entries], f"{bottom:.3g}".replace("-", "−"), f"{top:.3g}"
    )


def interval_text(entry: Mapping[str, Any], places: int = 3) -> str:
    """'0.553 (0.309 to 0.780)', or only the figure if it has no interval."""
    if not is_number(entry.get("low")) or not is_number(entry.get("high")):
        return decimal(entry.get("value"), places)
    ends = f"{decimal(entry['low'], places)} to {decimal(entry['high'], places)}"
    return f"{decimal(entry.get('value'), places)} ({ends})"


def _track(name: str, entry: Mapping[str, Any], note: str, bottom: float, top: float) -> Track:
    def share(value: Any) -> float | None:
        return round(100 * (float(value) - bottom) / ((top - bottom) or 1), 2) if is_number(value) else None

    start, end = share(entry.get("low")), share(entry.get("high"))
    span = None if start is None or end is None else round(end - start, 2)
    return Track(name, interval_text(entry), note, share(entry.get("value")), start, span)
