"""A CSV with a line for each photo: what it says of photos, matched by their names. Imports no TensorFlow."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.face_table import without_extension

FILE_COLUMNS = ("file", "image", "path", "image_id", "image_path", "filename")


@dataclass(frozen=True)
class Attributes:
    """A CSV of photos: ``files`` as it names them, and ``columns``, name to a text for each file."""

    files: list[str]
    columns: dict[str, list[str]]


def read_attributes(path: str | Path) -> Attributes:
    """Reads a CSV with a head. The column of files is one of ``FILE_COLUMNS``, or else the first.

    Raises ValueError, with the row's number, if a row is shorter or longer than the head, or if there is no
    column except that of files.
    """
    with open(path, newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream) if row]
    head = [name.strip() for name in rows[0]] if rows else []
    if len(head) < 2:
        raise _wrong(path, 1, "a head that names the file's column and an attribute", str(head))
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            raise _wrong(path, number, f"{len(head)} values", str(len(row)))
    place = next((i for i, name in enumerate(head) if name.lower() in FILE_COLUMNS), 0)
    columns = {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(head) if i != place}
    return Attributes([row[place].strip() for row in rows[1:]], columns)


def _wrong(path: str | Path, number: int, expected: str, received: str) -> ValueError:
    return ValueError(
        f"{path}, row {number}, is no table of attributes. Expected {expected}; received {received}. "
        "Give CSV as in: file,male"
    )


def groups_of(paths: Sequence[str], attributes: Attributes, column: str) -> list[str | None]:
    """The value of ``column`` for each photo, None if the CSV does not give it.

    Photos are matched by their whole path without extension. If that fails they are matched by their bare
    name, provided that only one file of the CSV and one of the different ``paths`` have it; a path is
    repeated if its photo has several faces. Raises ValueError for an unknown column.
    """
    if column not in attributes.columns:
        known = ", ".join(attributes.columns)
        raise ValueError(f"Unknown attribute {column!r}. Expected one of: {known}. Check the CSV's head.")
    values = dict(zip(map(without_extension, attributes.files), attributes.columns[column], strict=True))
    listed = Counter(PurePosixPath(file).name for file in values)
    given = Counter(PurePosixPath(path).name for path in {without_extension(path) for path in paths})
    by_name = {PurePosixPath(file).name: value for file, value in values.items()}
    found: list[str | None] = []
    for path in map(without_extension, paths):
        name = PurePosixPath(path).name
        single = listed[name] == given[name] == 1
        value = values.get(path, by_name.get(name, "") if single else "")
        found.append(value or None)
    return found
