"""A study as CSV: a row for each condition of the faces and of the pairs."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.occlude.effects import SCORES

ENDS = ("value", "low", "high")
COLUMNS = ("study", "mask", "family", "fill", "draw", "hidden", "unknown")


def write_table(result: Mapping[str, Any], path: Path) -> None:
    """Writes the table; a figure that there is not stays empty."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *(f"{score}_{end}" for score in SCORES for end in ENDS)])
        for study in ("faces", "pairs"):
            for row in (result[study] or {}).get("rows", ()):
                writer.writerow(
                    [
                        study,
                        *(row[name] for name in COLUMNS[1:]),
                        *(row[score][end] if score in row else None for score in SCORES for end in ENDS),
                    ]
                )
