"""One self-contained HTML page of a run: it needs no network and no script, and its size is bounded."""

import base64
import hashlib
import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

from components.report.charts.thumbnails import Sheets, affordable, face_sheets
from components.report.charts.whole import FaceMap, face_map
from components.report.contents import contents_of
from components.report.data import ReportData
from components.report.groups import Group, build_groups, sample_for_thumbnails
from components.report.page_context import BIGGEST, doubtful, page_context
from components.report.sections import overview as sections
from components.report.tables import figure_files, projector
from components.report.tables.figure_tables import figure_tables
from components.report.words.worded_templates import WordedEnvironment
from components.words.text import counted, decimal, printable, shortened, shown, whole
from schemas.files import atomic_write

LIMIT_BYTES = 15_000_000
STYLES = ("page.css", "figures.css", "evidence.css", "occlusion.css")
OF_SMALL_PICTURES = ("small_pictures.css",)
PORTRAIT = 128  # pixels
TEMPLATES = Path(__file__).parent / "templates"

logger = logging.getLogger(__name__)


def render_report(data: ReportData, path: Path, limit_bytes: int = LIMIT_BYTES) -> Path:
    """Writes the report of a run as one HTML file smaller than `limit_bytes`, and returns its path.

    Thumbnails take the room that the text leaves. If that is too little for every face, a sample is shown,
    and the page says so. The file appears whole or not at all. Beside it are ``figures/``, a CSV file for
    each figure, and ``projector/``, a folder for TensorBoard's projector; the page needs neither.

    Raises:
        ValueError: the text alone is larger than `limit_bytes`.
    """
    path = Path(path)
    groups = build_groups(data)
    tables = figure_tables(data, groups)
    points = None if data.points is None or not len(data.points) else projector.points_note(data)
    bare = replace(data, latents={})  # these pictures are the last to go, after all thumbnails
    for share, shown_data in (*((share, data) for share in (0.72, 0.5, 0.3, 0.1, 0.0)), (0.0, bare)):
        text = _page(shown_data, groups, share * limit_bytes, {"files": tables, "projected": points})
        page = text.encode("utf-8")
        if len(page) < limit_bytes:
            break
        logger.info("The report has %d bytes, the limit is %d: fewer thumbnails.", len(page), limit_bytes)
    else:
        raise ValueError(
            f"The report does not fit. Expected fewer than {limit_bytes} bytes, received {len(page)} "
            "without any thumbnail. Raise limit_bytes."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure_files.write_figures(tables, path.parent / figure_files.FOLDER)
    if points is not None:
        projector.write_projector(data, path.parent / projector.FOLDER)
    atomic_write(path, page)
    logger.info("Report: %s, %.1f MB.", path, len(page) / 1e6)
    return path


def _page(data: ReportData, groups: list[Group], budget: float, beside: dict[str, Any]) -> str:
    """The page with thumbnails of about `budget` bytes; ``beside`` are the files beside it."""
    mapped = _mapped(data, groups)
    uncertain = doubtful(data, groups)
    thumbnails = _thumbnails(data, groups, (mapped, uncertain.faces), budget)
    aligned = sections.aligned(data)
    leaders = [group for group in groups if group.cluster >= 0][:BIGGEST]
    faces = sorted({*aligned["faces"], *(int(group.members[0]) for group in leaders)})
    script = (TEMPLATES / "report.js").read_text("utf-8")
    page = {
        "data": data,
        "groups": groups,
        "leaders": leaders,
        "thumbnails": thumbnails,
        "portraits": face_sheets(data.faces.chips, np.array(faces, int), PORTRAIT, "a"),
        "mapped": mapped,
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii"),
        "style": style_of(data),
        **page_context(data, groups, set(thumbnails.slot), uncertain),
        **_numbered(data, groups, thumbnails, mapped),
        **beside,
        "aligned": aligned,
    }
    contents = contents_of(page)
    template = environment(data.recipe.get("subject", "face")).get_template("report.html")
    return template.render(**page, contents=contents, shown={section for section, _ in contents})


def style_of(data: ReportData) -> Markup:
    """The style sheets of a run's page as one."""
    names = (*STYLES, *(OF_SMALL_PICTURES if data.small else ()))
    return Markup("".join((TEMPLATES / name).read_text("utf-8") for name in names))


def _numbered(
    data: ReportData, groups: list[Group], thumbnails: Sheets, mapped: FaceMap | None
) -> dict[str, Any]:
    """The data of the faces that the script knows, and the numbers by which it knows them."""
    rank_of = {int(face): rank for rank, group in enumerate(groups) for face in group.members}
    table = sorted({*thumbnails.slot, *(mapped.faces.tolist() if mapped else [])})
    return {
        "number_of": {face: row for row, face in enumerate(table)},
        "rank_of": rank_of,
        "face_data": _face_data(data, [group.name for group in groups], rank_of, table, thumbnails, mapped),
    }


def _mapped(data: ReportData, groups: list[Group]) -> FaceMap | None:
    if data.projection is None or data.projection_index is None:
        return None
    return face_map(data.projection, data.projection_index, groups)


def _thumbnails(
    data: ReportData, groups: list[Group], wanted: tuple[FaceMap | None, list[int]], budget: float
) -> Sheets:
    """Thumbnails of all faces, or of as many as `budget` bytes hold, the ``wanted`` ones first."""
    mapped, named = wanted
    paths = data.faces.image_paths
    trial = range(0, len(paths), max(1, len(paths) // 200))
    overhead = 200 + 2.2 * sum(len(shortened(paths[i])) for i in trial) / max(1, len(trial))
    side, room = (
        affordable(data.faces.chips, len(data.faces), budget, overhead) if len(data.faces) else (48, 0)
    )
    first = np.array(named, int)
    if mapped:
        pictured = np.setdiff1d(mapped.faces[mapped.shown], first)
        rest = np.setdiff1d(mapped.faces, np.concatenate([first, pictured]))
        first = np.concatenate([first, pictured, rest])[: room // 2]
    sheets = face_sheets(data.faces.chips, sample_for_thumbnails(groups, first, room), side)
    logger.info("%d thumbnails of %d pixels for %d faces.", len(sheets.slot), side, len(data.faces))
    return sheets


def _face_data(
    data: ReportData,
    names: list[str],
    rank_of: dict[int, int],
    table: list[int],
    thumbnails: Sheets,
    mapped: FaceMap | None,
) -> Markup:
    """JSON for the script, with a column for each property of the faces; safe inside a <script> element."""
    faces = data.faces
    probability = np.asarray(faces.probability, float)
    row = {face: number for number, face in enumerate(table)}
    columns: dict[str, Any] = {
        "groups": names,
        "path": [shortened(faces.image_paths[face]) for face in table],
        "group": [rank_of[face] for face in table],
        "p": [
            round(float(probability[face]), 3) if np.isfinite(probability[face]) else None for face in table
        ],
        "unknown": [int(faces.unknown[face]) for face in table],
        "split": [faces.split[face] for face in table],
        "label": [_label(faces.labels[face]) for face in table] if faces.labelled else None,
        "quality": None if data.quality is None else [round(float(data.quality[face]), 3) for face in table],
        "weakest": None if data.weakest is None else [str(data.weakest[face]) for face in table],
        "slot": [thumbnails.slot.get(face, -1) for face in table],
        "columns": thumbnails.columns,
        "rows": thumbnails.rows,
        "points": [
            [row[int(face)], int(x), int(y)] for face, (x, y) in zip(mapped.faces, mapped.places, strict=True)
        ]
        if mapped
        else [],
    }
    text = json.dumps(columns, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)


def _label(label: str | None) -> str | None:
    return None if label is None else shortened(str(label), 60)


def environment(subject: str = "face") -> jinja2.Environment:
    """The templates with their filters, in the words of `subject`, see `components.words.subject`."""
    templates = WordedEnvironment(
        subject,
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        printable=printable, whole=whole, decimal=decimal, counted=counted, shortened=shortened
    )
    return templates
