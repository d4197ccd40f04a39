"""The section on occlusion: what the model looks at, found by hiding parts of faces (P2, chapter 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.occlude.conditions import MAIN
from components.occlude.families import CONTOURS, STRIPS, Window
from components.occlude.pictures import FAMILIES, colour_of, coloured, sheets
from components.occlude.qlist import LEVEL, RANKED, UNSETTLED, region_of
from components.occlude.words import NAMES, of_face
from components.report.charts.parallel import parallel_axes
from components.report.charts.picture_grid import grid_uri
from components.report.charts.tracks import interval_text, tracks
from components.words.text import counted, decimal, whole

SIDE = 64  # pixels of a picture of a sheet
HEAT_SIDE = 192
KINDS = {"strips": STRIPS, "contours": CONTOURS}
AXES = {
    "cluster": "group changes",
    "similarity": "likeness falls",
    "auc": "AUC falls",
    "accuracy": "accuracy falls",
}


def occlusion(found: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> dict[str, Any] | None:
    """The section's data; None without a study.

    ``found`` has ``faces`` and ``pairs`` (or None) of ``components.occlude.study.facts_of``; ``arrays`` are
    those of ``components.occlude.pictures.pictured``.
    """
    if not found:
        return None
    if "undefined" in found:
        return {"undefined": found["undefined"]}
    window = Window(*found["faces"]["window"])
    studies = [(kind, found[kind]) for kind in ("faces", "pairs") if found.get(kind)]
    return {
        "about": [about(kind, facts) for kind, facts in studies],
        "hull": [hull_rows(facts) for _, facts in studies],
        "sentences": goes_by([facts for _, facts in studies]),
        "scores": [part for _, facts in studies for part in score_parts(facts)],
        "heat": [heat(facts, score, arrays, window) for _, facts in studies for score in scores_of(facts)],
        "parallel": [
            {"kind": kind, "chart": parallel(kind, [facts for _, facts in studies])} for kind in KINDS
        ],
        "trends": [row for _, facts in studies for row in trend_rows(facts)],
        "alone": alone_rows(found["faces"]),
        "sheets": [
            {
                "family": family.replace("_", " "),
                "words": FAMILIES[family],
                "uri": grid_uri(pictures, SIDE),
                "columns": pictures.shape[1],
            }
            for family, pictures in sheets(arrays, window).items()
        ],
        "grouped": "cluster" in scores_of(found["faces"]),
        "window": [window.width, window.height],
        "fills": found["faces"]["fills"],
    }


def goes_by(studies: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whether the model goes by the face or by what surrounds it: a sentence for each answer."""
    found: dict[str, list[str]] = {}
    for facts in studies:
        for score, told in facts["hull"].items():
            found.setdefault(told["status"], []).append(NAMES[score])
    return [of_face(status, scores) for status, scores in found.items()]


def scores_of(facts: Mapping[str, Any]) -> list[str]:
    """The scores of a study, in order."""
    return list(dict.fromkeys(one["score"] for one in facts["qlists"]))


def about(kind: str, facts: Mapping[str, Any]) -> str:
    """How many faces and people, what was left out and why, and how long it took."""
    left = ", ".join(f"{whole(n)} with {reason}" for reason, n in sorted(facts["left_out"].items()))
    what = f"{counted(facts['n_faces'], 'face')} of {counted(facts['n_people'], 'person', 'people')}"
    if kind == "pairs":
        what = f"{counted(facts['whole']['pairs'], 'pair')} of {what}"
    seconds = facts.get("seconds")
    took = f", {seconds / 60:.1f} minutes" if seconds is not None else ""
    return f"{what}{took}" + (f"; left out: {left}" if left else "")


def score_parts(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Under each score the q-list of strips and that of contours."""
    return [
        {
            "title": NAMES[score][0].upper() + NAMES[score][1:],
            "lists": [list_part(one, facts) for one in facts["qlists"] if one["score"] == score],
        }
        for score in scores_of(facts)
    ]


def list_part(found: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """One q-list: its bars with the random masks' beneath, the table of fills, what its ranks are worth."""
    hidden = {
        row["mask"]: row["hidden"] for row in facts["rows"] if row["fill"] == MAIN and row["draw"] is None
    }
    bars: list[tuple[str, Mapping[str, Any], str]] = []
    for entry in found["entries"]:
        bars.append((entry["region"], entry["fall"], f"{100 * hidden[entry['mask']]:.0f}% hidden"))
        if entry["random"]:
            bars.append(("", entry["random"], "random, as large"))
    return {
        "kind": found["kind"],
        "tracks": tracks(bars, most=0.0),
        "fills": facts["fills"],
        "rows": [
            {
                "region": entry["region"],
                "q": interval_text(entry["q"]),
                "beyond": interval_text(entry["beyond"]) if entry["beyond"] else "–",
                "cells": [interval_text(entry["fills"][fill], 2) for fill in facts["fills"]],
            }
            for entry in found["entries"]
        ],
        "ranked": [
            f"{c['above']} before {c['below']}" for c in found["comparisons"] if c["status"] == RANKED
        ],
        "unsettled": [
            f"{c['above']} before {c['below']} ({', '.join(c['turned_by'])})"
            for c in found["comparisons"]
            if c["status"] == UNSETTLED
        ],
        "level": sum(c["status"] == LEVEL for c in found["comparisons"]),
        "total": len(found["comparisons"]),
    }


def hull_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What hiding the face costs, and what hiding its surroundings, in each fill."""
    return [
        {"score": NAMES[score], "fill": fill, **{name: interval_text(one) for name, one in told.items()}}
        for score, hull in facts["hull"].items()
        for fill, told in hull.items()
        if fill != "status"
    ]


def heat(
    facts: Mapping[str, Any], score: str, arrays: Mapping[str, np.ndarray], window: Window
) -> dict[str, Any]:
    """The mean face coloured by the fall of one score, by strips and by contours, with the colours' key."""
    falls = {
        row["mask"]: float(row[score]["value"])
        for row in facts["rows"]
        if row["fill"] == MAIN and row["draw"] is None and score in row
    }
    most = max(abs(falls[name]) for names in KINDS.values() for name in names)
    return {
        "title": NAMES[score],
        "pictures": [
            {
                "kind": kind,
                "uri": grid_uri(
                    coloured(arrays, window, {name: falls[name] for name in names}, most)[None, None],
                    HEAT_SIDE,
                ),
                "keys": [
                    {
                        "region": region_of(name),
                        "value": decimal(falls[name]),
                        "colour": "#{:02x}{:02x}{:02x}".format(*colour_of(falls[name], most)),
                    }
                    for name in names
                ],
            }
            for kind, names in KINDS.items()
        ],
    }


def parallel(kind: str, studies: Sequence[Mapping[str, Any]]) -> Any:
    """The five regions by every score, each score on its own axis; None with fewer than two scores."""
    falls: dict[str, dict[str, float]] = {}
    for facts in studies:
        for row in facts["rows"]:
            if row["mask"] in KINDS[kind] and row["fill"] == MAIN and row["draw"] is None:
                for score in AXES:
                    if score in row:
                        falls.setdefault(score, {})[row["mask"]] = float(row[score]["value"])
    scores = [score for score in AXES if score in falls]
    if len(scores) < 2:
        return None
    lines = {region_of(name): [falls[score][name] for score in scores] for name in KINDS[kind]}
    return parallel_axes([AXES[score] for score in scores], lines, f"{kind} hidden, by every score")


def trend_rows(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """The trends of every score, with what P2 found for gender."""
    return [
        {
            "score": NAMES[score],
            "words": trend["words"],
            "figure": interval_text(trend),
            "paper": trend["paper"],
        }
        for score, found in facts["trends"].items()
        for trend in found
    ]


def alone_rows(facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What one region alone leaves of a face, by strip and by contour."""
    return [
        {
            "name": row["mask"].replace("_", " ").replace(".", ": "),
            "cells": [interval_text(row[score]) for score in scores_of(facts)],
        }
        for row in facts["rows"]
        if row["family"].startswith("just_region")
    ]
