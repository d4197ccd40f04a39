"""``look-alikes.html``: who looks alike, with their faces, in one file that loads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from components.look_alikes.hardest import LookAlikes
from components.look_alikes.library import Library
from components.look_alikes.mixed import MixedGroups
from components.look_alikes.pictures import pair_pictures, typical
from components.report.charts.thumbnails import face_sheets
from components.report.render import TEMPLATES, environment

NAME = "look-alikes.html"
OWN_TEMPLATES = Path(__file__).parent / "templates"
SIDE = 96  # pixels of a face
MOST_MIXED, OF_A_HALF = 40, 10  # mixed groups, and faces of each half, that are shown


def render_page(
    library: Library, pairs: Sequence[LookAlikes], mixed: MixedGroups, told: Mapping[str, Any], created: str
) -> str:
    """The page; ``told`` is what the command tells as JSON, a row for each of ``pairs`` and ``mixed``."""
    pictures = [pair_pictures(library, pair) for pair in pairs]
    halves = [
        [typical(library, part, OF_A_HALF) for part in group.halves.parts]
        for group in mixed.groups[:MOST_MIXED]
    ]
    shown = {row for one in pictures for row in one.faces} | {
        row for one in halves for part in one for row in part
    }
    sheets = face_sheets(library.chips, np.array(sorted(shown), int), SIDE, "f")
    page = environment()
    page.loader = jinja2.FileSystemLoader([OWN_TEMPLATES, TEMPLATES])
    style = "".join(
        [*((TEMPLATES / name).read_text("utf-8") for name in ("page.css", "figures.css")),
         (OWN_TEMPLATES / "look_alikes.css").read_text("utf-8")]
    )  # fmt: skip
    return page.get_template("look_alikes.html").render(
        told=told,
        pairs=list(zip(told["pairs"], pictures, strict=True)),
        mixed=list(zip(told["mixed"]["groups"][:MOST_MIXED], halves, strict=True)),
        sheets=sheets,
        created=created,
        style=Markup(style),
        faces=len(library),
        paths=library.paths,
    )
