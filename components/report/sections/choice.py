"""The section on the number of groups: the criteria, the choice, or that nothing was chosen."""

from collections.abc import Mapping
from typing import Any

from components.report.charts.criteria_charts import (
    CRITERIA,
    DECIMALS,
    criteria_sets,
    criterion_title,
    series_name,
    space_name,
)
from components.report.charts.elbow_charts import elbow_chart, seeds_chart
from components.report.charts.heatmap import heat_maps
from components.report.data import ReportData
from components.words.text import decimal, is_number, shortened, whole

MOST_CANDIDATES = 300
OF_ONE = ("silhouette", "davies_bouldin", "prediction_strength", "stability")  # the others only compare


def choice(data: ReportData) -> dict[str, Any] | None:
    """The criteria over the number of groups, the choice and its reasons, and all candidates."""
    selection = data.selection
    if not selection or not selection.get("candidates"):
        return None
    candidates, chosen = selection["candidates"], selection.get("chosen")
    space = selection.get("space")
    about = {"name": space_name(space), **(space if isinstance(space, Mapping) else {})}
    kept = about.get("kept_variance")
    order = sorted(range(len(candidates)), key=lambda i: (i != chosen, i))[:MOST_CANDIDATES]
    return {
        "sets": criteria_sets(selection),
        "elbow": elbow_chart(selection.get("elbow")),
        "seeds": seeds_chart(selection.get("seeds")),
        "heat": heat_maps(selection),
        "alone": alone(selection),
        "criterion": criterion_title(str(selection.get("criterion") or "")),
        "chosen": None if chosen is None else candidates[chosen],
        "n_clusters": selection.get("n_clusters"),
        "chosen_name": "" if chosen is None else series_name(candidates[chosen]),
        "reasons": [str(reason) for reason in selection.get("reasons") or []],
        "space": {"dimension": None, "n": None, **about},
        "kept": f"{100 * float(kept or 0):.1f}%" if is_number(kept) else "",
        "heads": [
            "Clusterer",
            "k",
            "n",
            "Parameters",
            "Space",
            *(title for _, title, *_ in CRITERIA),
            "Inertia",
        ],
        "rows": [_candidate_row(candidates[i], i == chosen) for i in sorted(order)],
        "left_out": len(candidates) - len(order),
    }


def alone(selection: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Title, value and note of each figure that tells of the only candidate; empty if there was a choice."""
    candidates = selection["candidates"]
    if selection.get("criterion") or len(candidates) != 1:
        return []
    return [
        (title, decimal(candidates[0][key], places), f"{better.capitalize()}. {note}")
        for key, title, better, places, note in CRITERIA
        if key in OF_ONE and is_number(candidates[0].get(key))
    ]


def _candidate_row(candidate: Mapping[str, Any], chosen: bool) -> dict[str, Any]:
    dropped = candidate.get("dropped")
    why = "dropped" if dropped is True else f"dropped: {dropped}" if dropped else ""
    error = candidate.get("cv_standard_error")
    spread = f" ± {decimal(error, 2)}" if is_number(error) else ""
    criteria = [
        decimal(candidate.get(key), DECIMALS[key]) + (spread if key == "cv_log_likelihood" else "")
        for key, *_ in CRITERIA
    ]
    return {
        "name": series_name(candidate),
        "chosen": chosen,
        "cells": [
            whole(candidate.get("n_clusters")),
            whole(candidate.get("n")),
            whole(candidate.get("n_parameters")),
            space_name(candidate.get("space")) or "–",
            *criteria,
            decimal(candidate.get("inertia"), 1),
            decimal(candidate.get("seconds"), 2),
        ],
        "note": "chosen" if chosen else shortened(why, 200),
    }
