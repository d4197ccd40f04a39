"""One self-contained HTML page of the pairs: both pictures, and buttons to decide; it needs no network."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from components.duplicates.confirm import smaller
from components.duplicates.rows import NAME, DuplicateRow
from components.ingest.decisions import Decision
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.report.charts.thumbnails import data_uri
from components.words.text import counted, decimal, printable, shortened, shown, whole
from schemas.files import atomic_write

PAGE_NAME = "duplicates.html"
TEMPLATES = Path(__file__).parent / "templates"
REPORT = Path(__file__).parents[1] / "report" / "templates"  # the head and the style of all pages
MOST_BYTES = 24_000_000  # of all pictures in the page
SIDES = (420, 320, 240)  # pixels of a picture's longer side, of which the largest is taken that has room
BYTES_A_PIXEL = 0.35  # of such a JPEG, in the base64 of a page
HEADINGS = {
    "two": "Under two names",
    "one": "Under one name",
    "none": "One picture twice",
}
KIND_WORDS = {
    "exact": "same pixels",
    "flipped": "mirror image",
    "cropped": "cropped",
    "resized": "resized",
    "tinted": "tinted",
    "re-compressed": "compressed again",
}


@dataclass(frozen=True)
class About:
    """What the page tells besides the pairs: the photos' folder, their number, what was decided."""

    images: str
    n_photos: int
    decided: Sequence[Decision] = ()
    n_decided: int = 0


def write_page(
    rows: Sequence[DuplicateRow], picture_of: Callable[[str], np.ndarray], path: Path, about: About
) -> int:
    """Writes the page of the pairs, in their order, and returns how many are on it.

    Args:
        rows: the pairs that are still to be decided.
        picture_of: the upright RGB picture of a photo by its path; it may raise RejectedPhoto.
        path: the file, which appears whole or not at all.
        about: what else is told.

    Of very many pairs only the first find room; the others come when these are decided.
    """
    side, most = room_for(len(rows))
    order = list(HEADINGS)
    shown_rows = sorted(rows[:most], key=lambda row: order.index(group_of(row)))  # the script counts in it
    made: dict[str, str] = {}

    def uri(photo: str) -> str:
        if photo not in made:
            try:
                made[photo] = data_uri(np.ascontiguousarray(smaller(picture_of(photo), side)[..., ::-1]))
            except RejectedPhoto:
                made[photo] = ""
        return made[photo]

    groups = [
        {
            "key": key,
            "heading": HEADINGS[key],
            "rows": [_told(row, uri) for row in shown_rows if group_of(row) == key],
        }
        for key in HEADINGS
    ]
    script = (TEMPLATES / "duplicates.js").read_text("utf-8")
    text = (
        _environment()
        .get_template("duplicates.html")
        .render(
            about=about,
            csv=NAME,
            groups=[group for group in groups if group["rows"]],
            n=len(shown_rows),
            left_out=len(rows) - len(shown_rows),
            n_two=sum(row.two_names for row in rows),
            data=_data(shown_rows, about),
            style=Markup(
                (REPORT / "page.css").read_text("utf-8") + (TEMPLATES / "duplicates.css").read_text("utf-8")
            ),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )
    atomic_write(path, text)
    return len(shown_rows)


def room_for(n: int) -> tuple[int, int]:
    """The side of pictures in pixels, and how many of n pairs there is room for."""
    for side in SIDES:
        most = int(MOST_BYTES / (2 * side * side * BYTES_A_PIXEL))
        if n <= most:
            return side, n
    return SIDES[-1], most


def group_of(row: DuplicateRow) -> str:
    """The part of the page that a pair is in: two, one or none, by the names that its photos lie under."""
    if row.two_names:
        return "two"
    return "one" if row.first_name or row.second_name else "none"


def _told(row: DuplicateRow, uri: Callable[[str], str]) -> dict[str, Any]:
    """What the template shows of a pair."""
    more = row.first_width * row.first_height - row.second_width * row.second_height
    sides = [
        {
            "side": side,
            "uri": Markup(uri(path)),  # of our own making
            "path": shortened(path, 120),
            "name": printable(name) or "no name",
            "size": f"{whole(width)} × {whole(height)}",
            "bytes": bytes_in_words(size),
            "more": "more pixels" if is_larger else "",
        }
        for side, path, name, width, height, size, is_larger in (
            ("left", row.first, row.first_name, row.first_width, row.first_height, row.first_bytes, more > 0),
            (
                "right",
                row.second,
                row.second_name,
                row.second_width,
                row.second_height,
                row.second_bytes,
                more < 0,
            ),
        )
    ]
    return {
        "kinds": [KIND_WORDS[kind] for kind in (row.kind, *row.also.split(" + ")) if kind in KIND_WORDS],
        "figures": figures_in_words(row),
        "same_file": row.first_hash == row.second_hash,
        "sides": sides,
    }


def figures_in_words(row: DuplicateRow) -> str:
    """The figures of a pair, as far as they tell something, in one line."""
    if row.kind == "exact":
        return "the same file, byte by byte" if row.first_hash == row.second_hash else "no pixel differs"
    told = [f"differ by {decimal(row.residual, 1)} of 255 levels"]
    if row.overlap < 0.995:
        told.append(f"share {100 * row.overlap:.0f}% of the larger view")
    if abs(row.scale - 1) > 0.005:
        told.append(f"the right one at {100 * row.scale:.0f}% of the size")
    if "tinted" in (row.kind, *row.also.split(" + ")):
        told.append(f"red, green, blue times {row.tint.replace(' ', ', ')}")
    return "; ".join(told)


def bytes_in_words(size: int) -> str:
    """A file's size as people read it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def _data(rows: Sequence[DuplicateRow], about: About) -> Markup:
    """JSON for the script: the pairs by content hash, and what was decided before."""
    pairs = [[row.first_hash, row.second_hash] for row in rows]
    told = {
        "pairs": pairs,
        "before": [[one.left, one.right, one.keep] for one in about.decided],
        "id": hashlib.sha256(json.dumps(pairs).encode()).hexdigest()[:16],
    }
    return Markup(json.dumps(told, separators=(",", ":")).replace("<", "\\u003c"))


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, REPORT]),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(counted=counted, whole=whole)
    return environment
