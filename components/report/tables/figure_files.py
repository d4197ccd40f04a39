"""Every figure of the report as a CSV file: the numbers that were drawn, with units in the head."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from components.words.text import is_number, printable
from schemas.samples import evenly_spread

FOLDER = "figures"
MOST_POINTS = 10_000
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would run if text began with it


@dataclass(frozen=True)
class Table:
    """The numbers of one figure.

    Attributes:
        title: what the figure shows.
        head: names of the columns, each with its unit in brackets.
        rows: one value for each column: a number, text, or None.
        note: what was left out, or "".
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    note: str = ""


def write_figures(tables: Mapping[str, Table], folder: Path) -> list[Path]:
    """Writes ``NAME.csv`` of every table into folder, UTF-8, and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        with open(path, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(table.head)
            writer.writerows([cell(value) for value in row] for row in table.rows)
        written.append(path)
    return written


def cell(value: Any) -> Any:
    """A value as the file holds it: "" for no number; no spreadsheet takes a text for a formula."""
    if value is None:
        return ""
    if isinstance(value, (str, bytes)):
        text = printable(value)
        return f"'{text}" if text.startswith(FORMULA) else text
    if isinstance(value, (bool, np.bool_)):
        return int(value)
    return value if is_number(value) else ""


def spread_rows(columns: Mapping[str, Sequence[Any]]) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Head and rows made from columns of the same length."""
    return list(columns), list(zip(*columns.values(), strict=True))


def capped(count: int) -> tuple[np.ndarray, str]:
    """Indices of at most 10,000 of ``count`` points, evenly spread, and a note if some are left out."""
    if count <= MOST_POINTS:
        return np.arange(count), ""
    kept = evenly_spread(count, MOST_POINTS, nearest=True)
    return kept, f"{MOST_POINTS:,} of {count:,} points, evenly spread"
