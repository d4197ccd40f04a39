"""The page of a sweep: one table, its plots, and the reconstructions of all variants side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from components.report.charts.dots import DotRow, dot_plot
from components.report.charts.picture_grid import grid_uri
from components.report.render import TEMPLATES, environment
from components.words.text import decimal, whole

SHOWN = 10  # reconstructions of a variant
SIDE = 96  # pixels of a picture
LATENTS = ("plain", "whitened")
ON_PAIRS = ("auc", "accuracy")  # figures that say nothing of the model that mined the pairs
COLUMNS = (  # key, heading, what it means, decimals, which end is better
    ("reconstruction_mse", "MSE", "Mean squared error of the pixels on the eval split.", 4, "lower"),
    ("ssim", "SSIM", "Structural similarity on the eval split.", 3, "higher"),
    ("auc", "AUC", "Area under the ROC over the given pairs, by cosine.", 3, "higher"),
    ("accuracy", "Accuracy", "Pairs told right by the threshold of the other folds.", 3, "higher"),
    ("pairwise_f", "Pairwise F", "Pairs put together rightly, of people with enough photos.", 3, "higher"),
    ("bcubed_f", "BCubed F", "The same counted for each photo.", 3, "higher"),
    ("n_clusters", "Groups", "Chosen without labels.", 0, ""),
    ("fit_seconds", "Fit, seconds", "Training or fitting, with compilation.", 0, "lower"),
    ("faces_per_second", "Faces/s", "Embedding, with decoding.", 0, "higher"),
    ("megabytes", "MB", "What is served: encoder and groups, in files.", 0, "lower"),
)  # fmt: skip


def render_sweep(
    rows: Sequence[Mapping[str, Any]],
    pictures: Mapping[str, Mapping[str, np.ndarray]],
    path: Path,
    title: str,
    created: str,
) -> Path:
    """Writes the page and returns its path.

    Args:
        rows: one dict for each variant, with ``name`` and either ``error`` or the figures of ``COLUMNS``.
            Those of verification and grouping are below ``plain`` and ``whitened``.
        pictures: name of a variant to its ``originals`` and ``reconstructed``, uint8 (m, h, w, 3).
        path: the file to write.
        title: the page's title.
        created: ISO 8601 time.
    """
    good = [row for row in rows if "error" not in row]
    subject = good[0].get("settings", {}).get("subject", "face") if good else "face"
    page = environment(subject).get_template("sweep.html").render(
        title=title,
        created=created,
        style=Markup("".join((TEMPLATES / name).read_text("utf-8") for name in ("page.css", "figures.css"))),
        columns=COLUMNS,
        lines=[line for row in good for line in table_lines(row)],
        best=best_cells(good),
        failed=[row for row in rows if "error" in row],
        own_mining=[row["name"] for row in good if row.get("judged_on_own_mining")],
        plots=plots(good),
        strips=strips(good, pictures),
        about={"pairs": 0, "missing": 0, "n_faces": 0, "n_people": 0} | (good[0]["plain"] if good else {}),
    )  # fmt: skip
    path.write_text(page, encoding="utf-8")
    return path


def value_of(row: Mapping[str, Any], latents: str, key: str) -> Any:
    """A figure of the latents, or of the run itself; None if there is none."""
    return row[latents].get(key, row.get(key))


def table_lines(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Two lines of the table: the latents as they are, and whitened."""
    return [
        {
            "name": row["name"],
            "dimension": row["dimension"],
            "latents": latents,
            "report": row.get("report", ""),
            "cells": [shown(value_of(row, latents, key), digits) for key, _, _, digits, _ in COLUMNS],
            "values": [value_of(row, latents, key) for key, *_ in COLUMNS],
        }
        for latents in LATENTS
    ]


def shown(value: Any, digits: int) -> str:
    """A figure as the table prints it."""
    return whole(value) if digits == 0 else decimal(value, digits)


def best_cells(rows: Sequence[Mapping[str, Any]]) -> list[float | None]:
    """The best value of each column; None if neither end is better, or there is no value.

    A model that mined the pairs itself is not ranked by them.
    """
    found: list[float | None] = []
    for key, *_, better in COLUMNS:
        fair = [row for row in rows if key not in ON_PAIRS or not row.get("judged_on_own_mining")]
        values = [v for row in fair for latents in LATENTS if (v := value_of(row, latents, key)) is not None]
        found.append({"higher": max, "lower": min}[better](values) if better and values else None)
    return found


def plots(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A dot plot of each column for which any variant has a value, with its heading and meaning."""
    drawn = []
    for key, heading, says, digits, better in COLUMNS:
        both = any(key in row["plain"] for row in rows)
        dots = [
            DotRow(row["name"], [value_of(row, latents, key) for latents in LATENTS[: 1 + both]])
            for row in rows
        ]
        picture = dot_plot(dots, heading, digits)
        if picture:
            drawn.append({"heading": heading, "says": says, "better": better, "picture": picture})
    return drawn


def strips(
    rows: Sequence[Mapping[str, Any]], pictures: Mapping[str, Mapping[str, np.ndarray]]
) -> list[dict[str, Any]]:
    """A strip of originals, then one of each variant's reconstructions of the same faces."""
    found: list[dict[str, Any]] = []
    for row in rows:
        pair = pictures[row["name"]]
        if not len(pair["originals"]):
            continue
        if not found:
            found.append(
                {
                    "name": "originals",
                    "error": "",
                    "uri": grid_uri(pair["originals"][np.newaxis, :SHOWN], SIDE),
                }
            )
        error = row.get("reconstruction_mse")
        found.append(
            {
                "name": row["name"],
                "error": decimal(error, 4),
                "uri": grid_uri(pair["reconstructed"][np.newaxis, :SHOWN], SIDE),
            }
        )
    return found
