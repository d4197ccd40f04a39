"""The confirmed pairs as rows of a CSV file, written and read back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from schemas.files import atomic_write

NAME = "duplicates.csv"
KINDS = ("exact", "flipped", "cropped", "resized", "tinted", "re-compressed")


@dataclass(frozen=True)
class DuplicateRow:
    """Two photos that show one picture, by path below the photos' folder, the first in order first.

    ``first_hash``, ``second_hash``: hex SHA-256 of the files' content. ``kind``: one of ``KINDS``, the first
    that holds; ``also``: what else does, joined by " + ". ``first_name``, ``second_name``: the outermost
    folder, by which photos are named; "" without one. Sizes are of the upright photo in pixels, and of the
    file in bytes. ``residual``: root mean square difference in levels of 0 to 255, where the two lie over
    each other and after the tint is fitted; ``worst``: that of the block which differs most, as a share of
    what is to be seen in it. ``correlation``: of their greys. ``scale``: pixels of the second for one of the
    first. ``overlap``: the share of the larger view that both show. ``tint``: red, green and blue gains from
    the first to the second, a space between.
    """

    first: str
    second: str
    first_hash: str
    second_hash: str
    kind: str
    also: str = ""
    first_name: str = ""
    second_name: str = ""
    first_width: int = 0
    first_height: int = 0
    second_width: int = 0
    second_height: int = 0
    first_bytes: int = 0
    second_bytes: int = 0
    residual: float = 0.0
    worst: float = 0.0
    correlation: float = 1.0
    scale: float = 1.0
    overlap: float = 1.0
    mirror: bool = False
    tint: str = "1 1 1"

    @property
    def two_names(self) -> bool:
        """Whether the photos lie under two names, which one picture can't have."""
        return bool(self.first_name and self.second_name) and self.first_name != self.second_name


def write_rows(rows: Iterable[DuplicateRow], path: Path) -> None:
    """Writes the pairs as CSV with a head, whole or not at all."""
    text = io.StringIO(newline="")
    names = [field.name for field in fields(DuplicateRow)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        told = asdict(row)
        writer.writerow({name: int(told[name]) if name == "mirror" else told[name] for name in names})
    atomic_write(path, text.getvalue())


def read_rows(path: str | Path) -> list[DuplicateRow]:
    """The pairs in a ``duplicates.csv``, in its order.

    Columns after ``kind`` may be missing. Raises ValueError, with the line, for a file of another form, and
    OSError where it can't be read.
    """
    needed = ("first", "second", "first_hash", "second_hash", "kind")
    with open(path, newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(
                f"{path} is no list of duplicates. Expected a head with {', '.join(needed)}; received "
                f"{', '.join(reader.fieldnames or ()) or 'nothing'}. Give the CSV of facefold duplicates."
            )
        return [_row(told, f"{path}, line {reader.line_num}") for told in reader]


def _row(told: dict[str, str | None], where: str) -> DuplicateRow:
    """One row of the file; raises ValueError that names the place."""
    kinds: dict[str, Callable[[str], object]] = {
        "str": str,
        "int": int,
        "float": float,
        "bool": lambda text: bool(int(text)),
    }
    values: dict[str, Any] = {}
    for field in fields(DuplicateRow):
        text = told.get(field.name)
        if text is None:
            continue
        try:
            values[field.name] = kinds[str(field.type)](text)
        except ValueError as error:
            raise ValueError(
                f"{where}: {field.name} is {text!r}. Expected a value of type {field.type}. Correct the line."
            ) from error
    if values.get("kind") not in KINDS:
        expected = ", ".join(KINDS)
        raise ValueError(f"{where}: kind is {values.get('kind')!r}. Expected one of: {expected}.")
    return DuplicateRow(**values)
