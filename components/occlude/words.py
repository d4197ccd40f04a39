"""A study of occlusion in lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.occlude.qlist import RANKED, UNSETTLED

NAMES = {
    "cluster": "faces that change their group",
    "similarity": "fall of the likeness to the whole face",
    "auc": "fall of the AUC",
    "accuracy": "fall of the accuracy at the whole faces' threshold",
}


LOOKS_AT = {
    "face": "The face counts more than hair and background, in every fill that was tried, by: ",
    "surroundings": "Hair and background count more than the face, in every fill that was tried, by: ",
    "unsettled": "Face or hair and background: within chance, or turned round by what fills the hidden, by: ",
}


def of_face(status: str, scores: Sequence[str]) -> str:
    """A sentence about what a model goes by, from ``status`` of a study's hull, and the scores' names."""
    return f"{LOOKS_AT[status]}{', '.join(scores)}."


def span(entry: Mapping[str, Any] | None, places: int = 3) -> str:
    """'0.213 (0.127 to 0.300)', or '-'."""
    if entry is None or entry["value"] is None:
        return "-"
    value, low, high = (
        "" if entry[end] is None else f"{round(entry[end], places) + 0.0:.{places}f}"
        for end in ("value", "low", "high")
    )
    return f"{value} ({low} to {high})" if low else value


def study_lines(kind: str, facts: Mapping[str, Any]) -> list[str]:
    """The study of ``faces`` or of ``pairs``: its account, the q-lists, the hull and the trends."""
    left = ", ".join(f"{n} {reason}" for reason, n in sorted(facts["left_out"].items()))
    lines = [
        f"{facts['n_faces']} faces of {facts['n_people']} people"
        + (f" in {facts['whole']['pairs']} pairs" if kind == "pairs" else "")
        + f", {facts['seconds'] / 60:.1f} minutes; left out: {left or 'none'}"
    ]
    if kind == "faces" and not any(found["score"] == "cluster" for found in facts["qlists"]):
        lines.append("the model has no groups, so that none can change")
    for found in facts["qlists"]:
        lines.append(f"{NAMES[found['score']]}, {found['kind']} hidden:")
        lines += [
            f"  {entry['region']:9} {span(entry['fall'])}; random masks of its area {span(entry['random'])}; "
            + ", ".join(f"{fill} {one['value']:.3f}" for fill, one in entry["fills"].items())
            for entry in found["entries"]
        ]
        lines.append(f"  {ranks(found)}")
    for score, hull in facts["hull"].items():
        lines += [
            f"{NAMES[score]}, {fill}: face hidden {span(one['face hidden'])}, surroundings hidden "
            f"{span(one['surroundings hidden'])}"
            for fill, one in hull.items()
            if fill != "status"
        ]
    lines += [of_face(hull["status"], [NAMES[score]]) for score, hull in facts["hull"].items()]
    lines += [
        f"{NAMES[score]}: {trend['words']} {span(trend)}"
        for score, found in facts["trends"].items()
        for trend in found
    ]
    return lines


def ranks(found: Mapping[str, Any]) -> str:
    """Which ranks are more than chance, which a fill turns round, and how many are neither."""
    by = {
        status: [c for c in found["comparisons"] if c["status"] == status] for status in (RANKED, UNSETTLED)
    }
    told = [f"{one['above']} > {one['below']}" for one in by[RANKED]]
    turned = [f"{one['above']} > {one['below']} ({', '.join(one['turned_by'])})" for one in by[UNSETTLED]]
    level = len(found["comparisons"]) - len(told) - len(turned)
    return (
        f"ranked: {', '.join(told) or 'none'}; turned round by a fill: {', '.join(turned) or 'none'}; "
        f"not told apart: {level} of {len(found['comparisons'])}"
    )
