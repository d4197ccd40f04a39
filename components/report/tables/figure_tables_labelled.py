"""The numbers behind the figures that need labels: intervals, curves, reference embeddings and slices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.report.data import ReportData
from components.report.tables.figure_files import Table

SURE = ("value", "low", "high")
ENDS = [f"{end} (unit of the figure)" for end in SURE]


def labelled_tables(data: ReportData) -> dict[str, Table]:
    """Tables of intervals, seeds, ROC curves, true accepts, rounds, reference embeddings, and slices."""
    evidence = data.evidence
    pairs = evidence.get("pairs") or {}
    return {
        "intervals": intervals_table(evidence.get("intervals") or {}),
        "spread_over_seeds": seeds_table(evidence.get("seeds") or {}),
        "roc": roc_table(data.roc or []),
        "roc_of_pairs": band_table(pairs.get("roc") or {"fpr": []}),
        "true_accepts": true_accepts_table((pairs.get("figures") or {}).get("tar") or {}),
        "rounds": rounds_table(evidence.get("rounds") or []),
        "reference_embeddings": references_table(evidence.get("reference_embeddings") or []),
        "slices": slices_table(evidence.get("slices") or {}, "faces"),
        "slices_of_pairs": slices_table(pairs.get("slices") or {}, "pairs"),
    }


def intervals_table(found: Mapping[str, Any]) -> Table:
    """Every label metric of each split with its 95% interval."""
    rows = [
        (split, name, *(entry[end] for end in SURE), entry["bias"], entry["n_defined"])
        for split, table in found.items()
        for name, entry in table["intervals"].items()
    ]
    head = ["split", "figure", *ENDS, "bias (unit of the figure)", "replicates (count)"]
    return Table("Label metrics with 95% intervals over identities", head, rows)


def seeds_table(found: Mapping[str, Any]) -> Table:
    """Mean and deviation of each figure over seeds."""
    keys = ("mean", "deviation", "n", "n_undefined", "n_collapsed")
    head = ["figure", "mean (unit of the figure)", "deviation (unit of the figure)"]
    head += ["runs (count)", "undefined (runs)", "collapsed (runs)"]
    return Table("Spread over seeds", head, [[name, *(e[key] for key in keys)] for name, e in found.items()])


def roc_table(curves: Sequence[Mapping[str, Any]]) -> Table:
    """The points of every curve over pairs of faces."""
    rows = [
        (curve.get("name"), float(x), float(y))
        for curve in curves
        for x, y in zip(curve["fpr"], curve["tpr"], strict=False)
    ]
    return Table("ROC curves", ["curve", "false accept rate (share)", "true accept rate (share)"], rows)


def band_table(roc: Mapping[str, Any]) -> Table:
    """The curve of the given pairs with its 95% band."""
    rows = list(zip(roc["fpr"], roc["tpr"], roc["low"], roc["high"], strict=True)) if len(roc["fpr"]) else []
    head = ["false accept rate (share)", "true accept rate (share)", "low (share)", "high (share)"]
    return Table("ROC of the given pairs with its 95% band", head, rows)


def true_accepts_table(found: Mapping[str, Any]) -> Table:
    """True accepts at each of the false accept rates."""
    keys = ("rate", "far", "n_neg", "n_neg_threshold", "false_accepts", "reason")
    head = [
        "asked false accept rate (share)",
        "true accept rate (share)",
        "reached false accept rate (share)",
    ]
    head += [
        "pairs of two people (count)",
        "of which a threshold saw (count)",
        "false accepts allowed (count)",
        "reason",
    ]
    return Table(
        "True accepts at false accept rates",
        head,
        [[far, *(e[key] for key in keys)] for far, e in found.items()],
    )


def rounds_table(found: Sequence[Mapping[str, Any]]) -> Table:
    """Verification and grouping before the rounds of pseudo-identities and after each."""
    keys = (
        "auc",
        "accuracy",
        "accuracy_se",
        "pairwise_precision",
        "pairwise_recall",
        "pairwise_f",
        "bcubed_f",
    )
    head = ["round", *(f"{key} (share)" for key in keys), "groups (count)"]
    rows = [(row["round"], *(row[key] for key in keys), row["n_clusters"]) for row in found]
    return Table("Round by round", head, rows)


def references_table(found: Sequence[Mapping[str, Any]]) -> Table:
    """Every figure of every reference, with its interval if it has one."""
    rows: list[tuple[Any, ...]] = []
    for row in found:
        if "missing" in row:
            rows.append((row["name"], None, "missing", None, None, None, row["missing"]))
            continue
        sure = row["intervals"]
        for name in ("auc", "ari", "ami", "pairwise_f", "bcubed_f"):
            entry = sure.get(name, {"value": row.get(name)})
            rows.append((row["name"], row["dimension"], name, *(entry.get(end) for end in SURE), ""))
        told = row.get("verification")
        if told:
            rows.append(
                (row["name"], row["dimension"], "accuracy on given pairs", told["accuracy"], None, None, "")
            )
    return Table(
        "Reference embeddings", ["reference", "dimension (count)", "figure", *ENDS, "missing because"], rows
    )


def slices_table(found: Mapping[str, Any], unit: str) -> Table:
    """Every figure of every group of every attribute, with its interval."""
    rows = [
        (column, group, entry["n"], name, *(sure[end] for end in SURE))
        for column, table in found.items()
        for group, entry in table["groups"].items()
        for name, sure in entry["intervals"].items()
    ]
    return Table(f"Figures by group of {unit}", ["attribute", "group", f"n ({unit})", "figure", *ENDS], rows)
