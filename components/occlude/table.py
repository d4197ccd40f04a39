"""A study as a table: a row for each condition of the faces and of the pairs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.occlude.effects import SCORES

ENDS = ("value", "low", "high")
ABOUT = ("mask", "family", "fill", "draw", "hidden", "unknown")


def head_of() -> list[str]:
    """The names of the columns."""
    return ["study", *ABOUT, *(f"{score}_{end}" for score in SCORES for end in ENDS)]


def rows_of(result: Mapping[str, Any]) -> list[list[Any]]:
    """The rows; a figure that there is not is None. ``hidden`` and ``unknown`` are shares."""
    return [
        [
            study,
            *(row[name] for name in ABOUT),
            *(row[score][end] if score in row else None for score in SCORES for end in ENDS),
        ]
        for study in ("faces", "pairs")
        for row in (result[study] or {}).get("rows", ())
    ]


def write_table(result: Mapping[str, Any], path: Path) -> None:
    """Writes the table as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head_of())
        writer.writerows(rows_of(result))
