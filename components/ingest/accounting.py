"""The account of every file found: a row for each, and totals that add up."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from components.ingest.row import Row
from components.ingest.settings import KIND, SourceSettings
from components.ingest.tables import INTAKES

ROWS_NAME, TOTALS_NAME = "ingest.parquet", "ingest.json"
ROW_SCHEMA = pa.schema([(f.name, pa.int64() if f.type in (int, "int") else pa.string()) for f in fields(Row)])


def totals(rows: Iterable[Row], settings: SourceSettings) -> dict[str, Any]:
    """Counts by status and reason, with the settings; the four statuses add up to `files`, each a `unit`."""
    statuses: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    faces = with_points = 0
    for row in rows:
        statuses[row.status] += 1
        faces += row.n_faces
        with_points += row.n_landmarks68
        if row.status == "rejected":
            reasons[row.reason.partition(":")[0]] += 1
        notes.update(note.partition(":")[0] for note in row.note.split("; ") if note)
    return {
        "files": statuses.total(),
        "unit": settings.entry.unit,
        "with_faces": statuses["faces"],
        "no_face": statuses["no_face"],
        "duplicate": statuses["duplicate"],
        "rejected": statuses["rejected"],
        "faces": faces,
        "faces_with_landmarks68": with_points,
        "reasons": dict(sorted(reasons.items())),
        "notes": dict(sorted(notes.items())),
        "settings": json.loads(settings.to_json()),
        "credits": settings.entry.credits,
    }


def rows_to_parquet(rows: Iterable[Row]) -> bytes:
    """The rows, sorted by path, as a Parquet file."""
    table = pa.Table.from_pylist(
        [asdict(row) for row in sorted(rows, key=lambda row: row.path)], schema=ROW_SCHEMA
    )
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def require_faces(counts: dict[str, Any]) -> None:
    """Raises ValueError, with the counts, if there is no face, drawing or picture to learn from."""
    if counts["faces"]:
        return
    settings = counts["settings"]
    shown = {k: counts[k] for k in ("files", "no_face", "duplicate", "rejected", "reasons")}
    raise ValueError(INTAKES[settings[KIND]].nothing.format(received=shown, **settings))
