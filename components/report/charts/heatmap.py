"""A table of the best candidate of each kind of clusterer by every criterion, coloured by rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.report.charts.criteria_charts import (
    CRITERIA,
    DECIMALS,
    HIGHER,
    best_of_kind,
    by_space,
    kinds_of,
    series_name,
)
from components.words.text import decimal, is_number, shortened, whole

STEPS = 6  # of the colour; only the best has the strongest
SHOWN = DECIMALS | dict.fromkeys(("bic", "icl", "aic"), 0)
SHORT = {
    "cv_log_likelihood": "CV log-likelihood",
    "calinski_harabasz": "Calinski-Harabasz",
    "davies_bouldin": "Davies-Bouldin",
    "prediction_strength": "Pred. strength",
}


def heat_maps(selection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table for each space and n. Its rows are kinds, the best by the criterion first."""
    candidates = selection.get("candidates") or []
    chosen = None if selection.get("chosen") is None else candidates[selection["chosen"]]
    criterion = str(selection.get("criterion") or "")
    return [
        {"space": space, "n": n, **heat_map(members, criterion, chosen)}
        for (space, n), members in by_space(selection).items()
    ]


def heat_map(
    candidates: Sequence[Mapping[str, Any]], criterion: str, chosen: Mapping[str, Any] | None
) -> dict[str, Any]:
    """One table: ``heads`` (title, arrow); ``rows`` with ``cells`` (text, step); kinds that were dropped."""
    best = best_of_kind(candidates, criterion, chosen)
    kept = [candidate for candidate in best.values() if candidate is not None]
    columns = [key for key, *_ in CRITERIA if any(is_number(c.get(key)) for c in kept)]
    sign = 1 if criterion in HIGHER else -1
    kept.sort(key=lambda c: -sign * float(c[criterion]) if is_number(c.get(criterion)) else float("inf"))
    steps = {key: ranks([c.get(key) for c in kept], key in HIGHER) for key in (*columns, "seconds")}
    titles = {key: SHORT.get(key, title) for key, title, *_ in CRITERIA}
    return {
        "heads": [(titles[key], "↑" if key in HIGHER else "↓") for key in columns] + [("Seconds", "↓")],
        "rows": [
            {
                "name": series_name(candidate),
                "k": whole(candidate.get("n_clusters")),
                "parameters": whole(candidate.get("n_parameters")),
                "finds": bool(candidate.get("finds_number")),
                "chosen": candidate is chosen,
                "cells": [
                    (decimal(candidate.get(key), SHOWN.get(key, 2)), steps[key][place])
                    for key in (*columns, "seconds")
                ],
            }
            for place, candidate in enumerate(kept)
        ],
        "dropped": [(name, reasons_of(candidates, name)) for name, found in best.items() if found is None],
        "partly": [
            (name, reasons_of(candidates, name))
            for name in kinds_of(candidates)
            if best[name] is not None and reasons_of(candidates, name)
        ],
    }


def ranks(values: Sequence[Any], higher: bool) -> list[int | None]:
    """The colour's step for each value, from 5 for the best to 0 for the worst; equal values share one."""
    known = sorted({float(value) for value in values if is_number(value)}, reverse=not higher)
    if len(known) < 2:
        return [None] * len(values)
    return [
        (STEPS - 1) * known.index(float(value)) // (len(known) - 1) if is_number(value) else None
        for value in values
    ]


def reasons_of(candidates: Sequence[Mapping[str, Any]], name: str) -> str:
    """Why candidates of this kind were dropped: the numbers of clusters, and the first reason."""
    dropped = [c for c in candidates if series_name(c) == name and c.get("dropped")]
    if not dropped:
        return ""
    told = [c for c in dropped if not c.get("finds_number")]
    ks = ", ".join(whole(c.get("n_clusters")) for c in told)
    reasons = list(dict.fromkeys(str(c["dropped"]) for c in dropped))
    more = f" (and {len(reasons) - 1} more such reasons)" if len(reasons) > 1 else ""
    return (f"k = {ks}: " if told else "") + shortened(reasons[0], 200) + more
