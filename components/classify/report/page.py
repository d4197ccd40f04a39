"""The report of a classifier: its verdict, every column's figures, and where its maps lie."""

from __future__ import annotations

import base64
import csv
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from markupsafe import Markup

from components.artifact_files import read_evaluation, read_ingest, read_training, read_verdict
from components.classify.card import LIMITS, OUT_OF_SCOPE
from components.classify.figures import FIGURES
from components.classify.report.reliability_chart import reliability_chart
from components.report.charts.curves import loss_charts, term_charts
from components.report.render import STYLES, TEMPLATES, environment
from components.segment.overlay import OVERLAY
from components.words.text import decimal
from schemas.attribute_regions import ATTRIBUTE_REGIONS, NOT_IMPROVED, regions_of
from schemas.files import atomic_write

NAMES = {"auc": "AUC"}
OWN_STYLE = "classifier.css"
SHOWN_MAPS = 12  # columns whose mean maps are shown, those that lie best and worst in their regions
MAP_WIDTH = 114  # pixels of a map on the page


@dataclass(frozen=True)
class RunFolders:
    """The folders of the artifacts that a report is made from; ``examples`` are those of the ingest."""

    examples: Path
    labelled: Path
    model_run: Path
    evaluation: Path
    blessing: Path


def write_report(recipe: Mapping[str, Any], run: RunFolders, folder: Path) -> None:
    """Writes ``report.html``, ``report.json``, the same as plain values, and ``figures/columns.csv``."""
    facts, arrays = read_evaluation(run.evaluation)
    totals, _ = read_ingest(run.examples)
    history, figures = read_training(run.model_run)
    verdict = read_verdict(run.blessing)
    overlay = run.labelled / OVERLAY
    rows, terms, mean = rows_of(facts), term_charts(history), facts["figures"]["mean"]
    page = environment().get_template("classifier.html").render(
        recipe=recipe,
        created=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        style=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in (*STYLES, OWN_STYLE))),
        verdict=verdict,
        totals=totals,
        untold=(totals.get("notes") or {}).get("no targets", 0),
        figures=facts["figures"],
        means=[(NAMES.get(name, name.replace("_", " ")), mean.get(name)) for name in FIGURES],
        rows=rows,
        of_celeba=any(row["in_paper"] for row in rows),
        maps=facts.get("maps"),
        drawn=drawn_maps(facts, arrays),
        overlay=uri_of(overlay.read_bytes()) if overlay.is_file() else "",
        reliability=reliability_chart(facts["figures"]["reliability"]),
        losses=[] if terms else loss_charts(history, False),  # of two stages the loss says nothing
        terms=terms,
        fit_seconds=figures.get("fit_seconds"),
        limits=LIMITS,
        out_of_scope=OUT_OF_SCOPE,
        settings=sorted((name, value) for name, value in recipe.items() if name not in ("what", "command")),
    )  # fmt: skip
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    atomic_write(folder / "report.html", page.encode("utf-8"))
    told = {"verdict": verdict, "ingest": totals, "evaluation": facts, "history": history, "figures": figures}
    atomic_write(folder / "report.json", json.dumps(told))
    write_csv(rows, folder / "figures" / "columns.csv")


def rows_of(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each column, ready for a table: figures as text with their intervals, a dash without one."""
    places = (facts.get("maps") or {}).get("columns", {})
    return [
        {
            "name": name,
            "n": found["n"],
            "positives": found["positives"],
            "majority": "–" if found["majority"] is None else decimal(found["majority"], 3),
            "constant": found["constant"],
            **{figure: in_words(found[figure]) for figure in FIGURES},
            "map": in_words(places.get(name)),
            "regions": ", ".join(regions_of(name)).replace("_", " ") if name in ATTRIBUTE_REGIONS else "",
            "in_paper": name in ATTRIBUTE_REGIONS,
            "improved": name in ATTRIBUTE_REGIONS and name not in NOT_IMPROVED["CelebA"],
        }
        for name, found in facts["figures"]["columns"].items()
    ]


def in_words(found: Mapping[str, Any] | None) -> str:
    """A figure with its 95% interval, such as .812 (.780 to .841); a dash without one."""
    if not found or found.get("value") is None:
        return "–"
    text = decimal(found["value"], 3)
    return (
        text
        if found.get("low") is None
        else f"{text} ({decimal(found['low'], 3)} to {decimal(found['high'], 3)})"
    )


def write_csv(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Writes the table of columns."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]) if rows else ["name"])
        writer.writeheader()
        writer.writerows(rows)


def drawn_maps(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> list[dict[str, str]]:
    """Mean maps of faces with and without an attribute, of the columns that lie best and worst."""
    places = (facts.get("maps") or {}).get("columns", {})
    order = sorted(places, key=lambda name: -(places[name]["value"] or 0))
    some = order if len(order) <= SHOWN_MAPS else [*order[: SHOWN_MAPS // 2], *order[-SHOWN_MAPS // 2 :]]
    columns = facts["columns"]
    return [
        {
            "name": name,
            "text": in_words(places[name]),
            "present": map_uri(arrays["mean_present"][..., columns.index(name)]),
            "absent": map_uri(arrays["mean_absent"][..., columns.index(name)]),
        }
        for name in some
    ]


def map_uri(values: np.ndarray) -> str:
    """A map (h, w) as a picture, from its least value (dark) to its largest (bright)."""
    low, high = float(values.min()), float(values.max())
    shares = (values - low) / (high - low) if high > low else np.zeros_like(values)
    size = (MAP_WIDTH, round(MAP_WIDTH * values.shape[0] / values.shape[1]))
    grey = cv2.resize((shares * 255).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    coloured = cv2.applyColorMap(grey, cv2.COLORMAP_VIRIDIS)
    return uri_of(cv2.imencode(".png", coloured)[1].tobytes())


def uri_of(png: bytes) -> str:
    """A PNG as the address of a picture in the page itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode()
