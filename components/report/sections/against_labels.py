"""The section that judges the groups by labels: intervals, seeds, repair, reference embeddings and slices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.report.charts.tracks import Tracks, interval_text, tracks
from components.report.data import ReportData
from components.words.metrics import gap_words, title_of
from components.words.text import counted, decimal, is_number, listed, printable, whole

SHOWN = "ari ami nmi pairwise_f pairwise_precision pairwise_recall".split()
SHOWN += "bcubed_f bcubed_precision bcubed_recall purity acc".split()
SLICED = ("ari", "pairwise_f", "bcubed_f", "auc")
VERIFIED = ("auc", "accuracy", "eer")
COLUMNS = (
    ("auc", "AUC"),
    ("ari", "ARI"),
    ("ami", "AMI"),
    ("pairwise_f", "Pairwise F"),
    ("bcubed_f", "BCubed F"),
)
ROUND_FIGURES = ("auc", "accuracy", "pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f")
OPEN = 4  # attributes whose rows are open at first


def against_labels(data: ReportData) -> dict[str, Any]:
    """The section's data. A part is empty or None if the run has no facts for it."""
    evidence = data.evidence
    return {
        "intervals": interval_sets(evidence.get("intervals") or {}),
        "repair": repair_words(data.metrics, evidence.get("intervals") or {}),
        "seeds": seed_rows(evidence.get("seeds") or {}),
        "of_groupings": "agreement_of_groupings" in (evidence.get("seeds") or {}),
        "reference_embeddings": reference_embeddings(evidence.get("reference_embeddings") or []),
        "rounds": rounds(evidence.get("rounds") or [], data.figures.get("rounds") or []),
        "slices": slices(evidence.get("slices") or {}, SLICED, "face"),
        "pair_slices": slices((evidence.get("pairs") or {}).get("slices") or {}, VERIFIED, "pair"),
    }


def interval_sets(intervals: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A set of rows for each split that has intervals, or the reason why it has none."""
    sets = []
    for split, found in intervals.items():
        known = found["intervals"]
        entries = [(title_of(name), known[name], "") for name in SHOWN if name in known]
        sets.append(
            {
                "split": split,
                "tracks": tracks(entries) if entries else None,
                "undefined": found.get("undefined"),
                "identities": found.get("n_identities"),
                "replicates": found.get("n_replicates"),
            }
        )
    return sets


def repair_words(metrics: Mapping[str, Mapping[str, Any]], intervals: Mapping[str, Any]) -> list[str]:
    """How much work it would be to correct every face, in a sentence for each split."""
    said = []
    for split in ("eval", "all"):
        found = metrics.get(split, {})
        if not is_number(found.get("merges")) or not is_number(found.get("moves")):
            continue
        sure = intervals.get(split, {}).get("intervals", {}).get("repairs", {})
        ends = (
            f" (together {whole(sure['value'])}; 95% of such sets of people: {whole(sure['low'])} to "
            f"{whole(sure['high'])})"
            if is_number(sure.get("low"))
            else ""
        )
        faces = counted(found.get("n_labelled"), "labelled face")
        which = f"the {faces} of the eval split" if split == "eval" else f"all {faces}"
        said.append(
            f"To put {which} right, somebody would need {counted(found['merges'], 'merge')} and "
            f"{counted(found['moves'], 'move')}{ends}."
        )
    return said


def seed_rows(seeds: Mapping[str, Any]) -> list[dict[str, str]]:
    """A row for each figure: mean and deviation over runs from other seeds, and how many collapsed."""
    rows = []
    for name, found in seeds.items():
        if not is_number(found.get("mean")):
            continue
        spread = f" ± {decimal(found['deviation'])}" if is_number(found.get("deviation")) else ""
        rows.append(
            {
                "title": title_of(name),
                "figure": decimal(found["mean"]) + spread,
                "runs": whole(found["n"]),
                "collapsed": whole(found["n_collapsed"]),
            }
        )
    return rows


def reference_embeddings(found: list[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The table of this model beside embeddings without training, and their ARI and BCubed F as rows."""
    if not found:
        return None
    judged = [row for row in found if "missing" not in row]
    pairs = any("verification" in row for row in judged)
    return {
        "heads": [title for _, title in COLUMNS] + (["Pairs told right"] if pairs else []),
        "rows": [_reference(row, pairs) for row in found],
        "tracks": [
            (
                title_of(name),
                tracks(
                    [
                        (str(row["name"]), row["intervals"][name], "")
                        for row in judged
                        if name in row["intervals"]
                    ],
                    most=0.0,
                ),
            )
            for name in ("ari", "bcubed_f")
        ],
    }


def rounds(judged: list[Mapping[str, Any]], told: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for the embedding before the rounds and one after each: what it learnt, and what labels say."""
    rows = []
    for row in judged:
        number = row["round"]
        round_ = told[number - 1] if 0 < number <= len(told) else None
        rows.append(
            {
                "name": f"after round {number}" if number else "before",
                "learnt": learnt_words(round_, number),
                "cells": [decimal(row[key]) for key in ROUND_FIGURES] + [whole(row["n_clusters"])],
            }
        )
    return rows


def learnt_words(told: Mapping[str, Any] | None, number: int) -> str:
    """What a round learnt from, and whether it was kept."""
    if told is None:
        return "not begun" if number else ""
    found = f"{counted(told['n_faces'], 'face')} in {counted(told['n_sure'], 'sure group')}"
    if is_number(told["before"]) and is_number(told["after"]):
        found += f"; judged without labels {decimal(told['before'], 4)} to {decimal(told['after'], 4)}"
    return found if told["kept"] else f"{found}: undone"


def _reference(row: Mapping[str, Any], pairs: bool) -> dict[str, Any]:
    if "missing" in row:
        return {"name": row["name"], "missing": printable(str(row["missing"]))}
    cells = [
        interval_text(row["intervals"][key], 2) if key in row["intervals"] else decimal(row.get(key))
        for key, _ in COLUMNS
    ]
    if pairs:
        cells.append(accuracy_text(row.get("verification") or {}))
    return {
        "name": row["name"],
        "missing": "",
        "dimension": whole(row["dimension"]),
        "groups": whole(row["n_clusters"]),
        "n": whole(row["n"]),
        "cells": cells,
    }


def accuracy_text(figures: Mapping[str, Any]) -> str:
    """Accuracy with its standard error."""
    error = figures.get("accuracy_se")
    return decimal(figures.get("accuracy")) + (f" ± {decimal(error)}" if is_number(error) else "")


def slices(table: Mapping[str, Any], metrics: tuple[str, ...], noun: str) -> list[dict[str, Any]]:
    """An entry for each attribute, the largest gap first: the gap in words, and a row for each group."""
    entries: list[dict[str, Any]] = []
    for column, found in table.items():
        gap = found.get("gap")
        entries.append(
            {
                "column": printable(str(column)),
                "gap": gap_words(gap, str(column)),
                "size": float(gap["gap"]) if gap else -1.0,
                "overlap": bool(gap and gap["overlap"]),
                "rows": [
                    (title_of(name), rows) for name in metrics if (rows := _by_group(found, name, noun)).rows
                ],
                "aside": _aside(found, noun),
                "groups": listed(
                    [f"{group} ({counted(entry['n'], noun)})" for group, entry in found["groups"].items()]
                ),
            }
        )
    entries.sort(key=lambda entry: -entry["size"])
    return [{**entry, "open": place < OPEN} for place, entry in enumerate(entries)]


def _by_group(found: Mapping[str, Any], metric: str, noun: str) -> Tracks:
    entries = []
    for group, entry in found["groups"].items():
        sure = entry["intervals"].get(metric) or {"value": entry["figures"].get(metric, entry.get(metric))}
        if not is_number(sure.get("value")):
            continue
        people = f", {counted(entry['n_identities'], 'person', 'people')}" if "n_identities" in entry else ""
        entries.append((printable(str(group)), sure, f"{counted(entry['n'], noun)}{people}"))
    return tracks(entries, most=0.0)


def _aside(found: Mapping[str, Any], noun: str) -> str:
    said = []
    if found.get("mixed"):
        said.append(f"{counted(found['mixed'], noun)} lie across two groups")
    if found.get("unknown"):
        said.append(f"{counted(found['unknown'], noun)} have no known value")
    return f"{'; '.join(said)}: left out here." if said else ""
