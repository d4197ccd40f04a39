"""The section on verification, one person or two: ROC curves with bands, and true accepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from components.report.charts.charts import Axes, Line, chart, thinned
from components.report.charts.tracks import interval_text
from components.report.data import ReportData
from components.report.sections.against_labels import accuracy_text
from components.words.text import counted, decimal, is_number, printable, whole


def verification(data: ReportData) -> dict[str, Any]:
    """The given pairs with their band, if there are any, and the curves over pairs of the eval split."""
    curves = [curve for curve in data.roc or [] if len(curve["fpr"])]
    return {
        "pairs": given_pairs(data.evidence.get("pairs")),
        "roc": roc_chart([{**curve, "name": str(curve["name"])} for curve in curves]) if curves else None,
        "curves": [_curve_row(curve) for curve in data.roc or []],
    }


def given_pairs(pairs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Chart, figures and the table of true accepts; None if no pairs were given."""
    if not pairs:
        return None
    figures, roc = pairs["figures"], pairs["roc"]
    sure = pairs.get("intervals") or {}
    facts = [
        ("AUC", interval_text(sure["auc"]) if "auc" in sure else decimal(figures["auc"])),
        ("Accuracy ± standard error", accuracy_text(figures)),
        ("Equal error rate", interval_text(sure["eer"]) if "eer" in sure else decimal(figures["eer"])),
        ("Pairs", whole(figures["pairs"])),
        ("Pairs with a photo that has no face", whole(figures["missing"])),
    ]
    if pairs.get("miner"):
        facts.append(("Mined by", printable(str(pairs["miner"]))))
    return {
        "chart": roc_chart([{**roc, "name": "given pairs", "auc": figures["auc"]}])
        if len(roc["fpr"])
        else None,
        "undefined": roc.get("undefined"),
        "by": roc.get("by"),
        "replicates": roc.get("n_replicates"),
        "facts": facts,
        "tar": [_tar_row(far, entry) for far, entry in figures["tar"].items()],
    }


def _tar_row(far: str, entry: Mapping[str, Any]) -> dict[str, str]:
    return {
        "far": f"{float(far):g}",
        "rate": decimal(entry["rate"]),
        "reached": decimal(entry["far"], 4),
        "negatives": whole(entry["n_neg"]),
        "threshold": whole(entry["n_neg_threshold"]),
        "allowed": whole(entry["false_accepts"]),
        "reason": printable(str(entry["reason"] or "")),
    }


def roc_chart(curves: Sequence[Mapping[str, Any]]) -> Markup:
    """True over false accept rate of every curve, with its band if it has one, and the diagonal."""
    lines = [Line("guessing", [(0.0, 0.0), (1.0, 1.0)], style=7)]
    for style, curve in enumerate(curves):
        points = list(zip(map(float, curve["fpr"]), map(float, curve["tpr"]), strict=False))
        if points[0] != (0.0, 0.0):
            points.insert(0, (0.0, 0.0))
        band = list(zip(curve["fpr"], curve["low"], curve["high"], strict=True)) if "low" in curve else ()
        lines.append(Line(str(curve["name"]), thinned(points), style, band=band))
    axes = Axes(420, 400, (0, 1), (0, 1), "false accept rate", "true accept rate", whole_x=False)
    areas = ", ".join(f"{printable(str(curve['name']))} {decimal(curve.get('auc'))}" for curve in curves)
    return chart(lines, axes, f"ROC curves; area under the curve: {areas}")


def _curve_row(curve: Mapping[str, Any]) -> dict[str, str]:
    more = ""
    for key, total in (("n_pos", "pos_total"), ("n_neg", "neg_total")):
        if is_number(curve.get(total)) and curve[total] > curve[key]:
            more = f"drawn from {counted(curve['pos_total'] + curve['neg_total'], 'pair')}"
    return {
        "name": str(curve.get("name", "curve")),
        "protocol": str(curve.get("protocol", "")),
        "auc": decimal(curve.get("auc")),
        "eer": decimal(curve.get("eer")),
        "same": whole(curve.get("n_pos")),
        "different": whole(curve.get("n_neg")),
        "note": printable(str(curve.get("undefined") or more)),
    }
