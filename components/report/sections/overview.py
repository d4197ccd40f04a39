"""The data of the page's main sections, as plain dicts for the template."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.report.charts.curves import loss_charts, term_charts
from components.report.charts.thumbnails import mean_face, picture_sheets
from components.report.data import ReportData
from components.report.groups import Group, evenly
from components.report.sections import latents
from components.report.words.wording import STATUS_WORDS, accounting
from components.words.metrics import METRICS
from components.words.text import decimal, is_number, printable, shortened, value_text, whole

MOST_ROWS = 500  # of the table of files
MOST_PAIRS = 12
ALIGNED = 24
MEAN_OF = 400  # faces
RULE_WORDS = {
    "servable": "whether new photos can be mapped to the clusterer's space",
    "baseline": "no worse than the latest blessed model",
}


def intake(data: ReportData) -> dict[str, Any]:
    """The files that came in: shares of each status, reasons, and those without faces or read in part."""
    totals = data.ingest
    files = int(totals.get("files") or 0)
    rows = [row for row in data.files if row.get("status") != "faces" or row.get("note")]
    rows.sort(key=lambda row: (str(row.get("status")), printable(row.get("path") or "")))
    reasons = sorted((totals.get("reasons") or {}).items(), key=lambda item: -item[1])
    reasons = [(str(reason).replace("_", " "), count) for reason, count in reasons]
    return {
        "shares": [
            (status, words, int(totals.get(status) or 0), 100 * int(totals.get(status) or 0) / (files or 1))
            for status, words in STATUS_WORDS.items()
        ],
        "accounting": accounting(totals) if totals else "",
        "reasons": reasons[:30],
        "rows": [_file_row(row) for row in rows[:MOST_ROWS]],
        "left_out": max(0, len(rows) - MOST_ROWS),
    }


def _file_row(row: Mapping[str, Any]) -> dict[str, Any]:
    twin = row.get("duplicate_of")
    reason = row.get("reason") or (f"the same bytes as {shortened(twin)}" if twin else "")
    reason = "; ".join(words for words in (reason, row.get("note")) if words)
    return {
        "path": shortened(row.get("path") or ""),
        "status": str(row.get("status") or "").replace("_", " "),
        "reason": shortened(str(reason), 240),
    }


def aligned(data: ReportData) -> dict[str, Any]:
    """Some aligned faces, spread over the run, and the average of many."""
    everyone = np.arange(len(data.faces))
    return {
        "faces": evenly(everyone, ALIGNED).tolist(),
        "mean": mean_face(data.faces.chips, evenly(everyone, MEAN_OF)),
        "mean_of": min(MEAN_OF, len(everyone)),
        "eyes_fixed": data.settings.get("detector", "none") != "none",
        "of_photos": "detector" in data.settings,
        "by_points": data.settings.get("alignment") == "points",
    }


def training(data: ReportData) -> dict[str, Any]:
    """The loss curves on a linear and a logarithmic scale, and figures of the training."""
    history = data.history
    rates = [float(row["images_per_second"]) for row in history if is_number(row.get("images_per_second"))]
    held = [row for row in history if is_number(row.get("val_loss"))]
    best = min(held, key=lambda row: row["val_loss"], default=None)
    seconds = [float(row["seconds"]) for row in history if is_number(row.get("seconds"))]
    learning = [row["learning_rate"] for row in history if is_number(row.get("learning_rate"))]
    facts = [("Epochs", whole(len(history)))]
    if best:
        held_out = data.settings.get("eval_share") != 0
        name = "Lowest validation loss" if held_out else "Lowest loss, of what it learned from"
        facts.append((name, f"{decimal(best['val_loss'], 5)} in epoch {whole(best['epoch'])}"))
    if history and is_number(history[-1].get("loss")):
        facts.append(("Training loss at the end", decimal(history[-1]["loss"], 5)))
    if rates:
        facts.append(("Speed, median", f"{whole(np.median(rates))} images a second"))
    if seconds:
        facts.append(("An epoch, median", f"{decimal(np.median(seconds), 1)} s"))
    if learning:
        ends = dict.fromkeys(f"{rate:.2g}" for rate in (learning[0], learning[-1]))
        facts.append(("Learning rate", " to ".join(ends)))
    facts += latents.facts(data.figures)
    return {
        "linear": loss_charts(history, False),
        "log": loss_charts(history, True) if min_loss(history) > 0 else [],
        "terms": term_charts(history),
        "facts": facts,
        "notes": latents.notes(data.figures),
    }


def min_loss(history: Sequence[Mapping[str, Any]]) -> float:
    """The lowest recorded loss, which a logarithmic scale needs to be above 0; 0 if there is none."""
    losses = [float(row[key]) for row in history for key in ("loss", "val_loss") if is_number(row.get(key))]
    return min(losses, default=0.0)


def protocol(data: ReportData) -> dict[str, Any] | None:
    """P1's figures on this embedding, a row for each clusterer; None if the recipe has no protocol."""
    found = data.protocol
    if not found:
        return None
    names = ("n_clusters", "silhouette", "davies_bouldin", "acc", "nmi", "ari")
    rows = []
    for key, title in (("kmeans", "k-means"), ("dbscan", "DBSCAN")):
        values = found[key]
        cells = [_measure(name, values.get(name)) for name in names]
        noise = f"{whole(values['noise'])} points are noise" if "noise" in values else ""
        rows.append({"name": title, "cells": cells, "note": noise})
    near = decimal(found["dbscan"].get("nearest_neighbour"), 2)
    return {"space": found["space"], "n": found["n"], "rows": rows, "near": near}


def reconstructions(data: ReportData) -> dict[str, Any] | None:
    """Pairs of pictures, each with its mean squared error; None if there are none."""
    pairs = data.reconstructions
    if pairs is None or not len(pairs.originals):
        return None
    chosen = evenly(np.arange(len(pairs.originals)), MOST_PAIRS)
    originals, back = np.asarray(pairs.originals)[chosen], np.asarray(pairs.reconstructed)[chosen]
    errors = ((originals.astype(float) - back.astype(float)) / 255.0) ** 2
    side = 128 if max(originals.shape[1:3]) <= 128 else 192
    return {
        "originals": picture_sheets(originals, side, "o"),
        "reconstructed": picture_sheets(back, side, "r"),
        "errors": [decimal(error, 4) for error in errors.mean(axis=(1, 2, 3))],
        "size": f"{originals.shape[2]}×{originals.shape[1]}",
    }


def contact_sheets(groups: Sequence[Group], pictured: set[int], most: int) -> list[dict[str, Any]]:
    """At most `most` groups, the largest first, with those of their faces that have a thumbnail."""
    widest = max((group.tightness for group in groups if group.tightness is not None), default=0.0)
    return [
        {
            "group": group,
            "rank": rank,
            "faces": (faces := [face for face in group.members.tolist() if face in pictured]),
            "missing": group.size - len(faces),
            "tightness": "" if group.tightness is None else decimal(group.tightness),
            "spread": 100 * group.tightness / widest if widest and group.tightness is not None else None,
            "probability": decimal(group.probability, 2) if is_number(group.probability) else "",
            "people": group.people[:3],
            "more_people": max(0, len(group.people) - 3),
        }
        for rank, group in enumerate(groups[:most])
    ]


def evaluation(data: ReportData) -> dict[str, Any]:
    """The measures of every split, in a fixed order."""
    splits = list(data.metrics)
    known = [key for key in METRICS if any(key in data.metrics[split] for split in splits)]
    extra = {
        key
        for split in splits
        for key, value in data.metrics[split].items()
        if not isinstance(value, Mapping)
    }
    return {
        "splits": splits,
        "rows": [
            {
                "title": METRICS.get(key, (key.replace("_", " "), "", ""))[0],
                "says": METRICS.get(key, ("", "", ""))[1],
                "better": METRICS.get(key, ("", "", ""))[2],
                "values": [_measure(key, data.metrics[split].get(key)) for split in splits],
            }
            for key in [*known, *sorted(extra - set(known))]
        ],
    }


def _measure(key: str, value: Any) -> str:
    if is_number(value):
        counted = key.startswith("n_") or (isinstance(value, int) and abs(value) > 1)
        return whole(value) if counted else decimal(value, 4 if "mse" in key else 3)
    return shortened(value) if isinstance(value, str) else "–"


def rules(data: ReportData) -> list[dict[str, str]]:
    """A row for each rule of blessing: its name, what it looks at, its figure, limit and verdict."""
    return [
        {
            "name": str(rule["name"]).replace("_", " "),
            "what": str(rule["what"] or RULE_WORDS.get(rule["name"], "")),
            "figure": shortened(rule["figure"])
            if isinstance(rule["figure"], str)
            else _measure("", rule["figure"]),
            "limit": str(rule["limit"]),
            "verdict": str(rule["verdict"]),
        }
        for rule in (data.verdict or {}).get("rules") or []
    ]


def tables(data: ReportData) -> dict[str, Any]:
    """Settings and versions as rows of text, and the model that the verdict compared with."""
    baseline = (data.verdict or {}).get("baseline")
    pairs = (
        baseline.items()
        if isinstance(baseline, Mapping)
        else [("compared with", baseline)]
        if baseline
        else []
    )
    return {
        "settings": [(str(key), value_text(value)) for key, value in sorted(data.settings.items())],
        "versions": [(str(key), value_text(value)) for key, value in sorted(data.versions.items())],
        "baseline": [(str(key).replace("_", " "), value_text(value)) for key, value in pairs],
    }
