"""People, faces and photos as CSV and JSON, a row at a time."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # wide ones become the others in a spreadsheet


@dataclass(frozen=True)
class PersonRow:
    """A person: who, by what name (empty: unnamed), and on how many faces and photos."""

    person: str
    name: str
    n_faces: int
    n_photos: int
    hidden: bool
    favourite: bool


@dataclass(frozen=True)
class FaceRow:
    """A face: its photo, its box in pixels of the upright photo, its person (empty: nobody) and how sure that
    is."""

    face: str
    photo: str
    left: float
    top: float
    width: float
    height: float
    person: str
    name: str
    confidence: float | None
    assigned_by: str
    origin: str
    state: str


@dataclass(frozen=True)
class PhotoRow:
    """A photo: its file's name, content (SHA-256), size in pixels as stored, EXIF orientation, and date (ISO
    8601)."""

    photo: str
    file: str
    sha256: str
    width: int
    height: int
    orientation: int
    taken_at: str


Row = PersonRow | FaceRow | PhotoRow


def csv_lines(kind: type[Row], rows: Iterable[Row]) -> Iterator[str]:
    """The lines of a CSV file (RFC 4180: comma, CRLF, quotes doubled), the names of the columns first.

    A text that begins with = + - @, tab or a line's end (also by the wide forms of the four) gets an
    apostrophe before it: a spreadsheet would take it for a formula and run it. Numbers are never changed.
    JSON has texts as they are. Excel takes UTF-8 for such only with a byte order mark: encode the first line
    by ``utf-8-sig``.

    Args:
        kind: the class of the rows, whose fields are the columns.
        rows: what to write; a number that is none, and None, are empty cells.
    """
    names = [field.name for field in fields(kind)]
    yield _line(names)
    for row in rows:
        yield _line([_cell(getattr(row, name)) for name in names])


def json_pieces(tables: dict[str, Iterable[Row]]) -> Iterator[str]:
    """The text of a JSON object with a list of objects for each table, in pieces of a row.

    Args:
        tables: rows by the table's name; a number that is none becomes null.
    """
    yield "{"
    for i, (name, rows) in enumerate(tables.items()):
        yield f"{',' if i else ''}\n{json.dumps(name, ensure_ascii=False)}: ["
        for j, row in enumerate(rows):
            values = {key: _finite(value) for key, value in asdict(row).items()}
            yield f"{',' if j else ''}\n{json.dumps(values, ensure_ascii=False, allow_nan=False)}"
        yield "\n]"
    yield "\n}\n"


def _line(cells: Sequence[Any]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool):
        return int(value)
    return _finite(value)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
