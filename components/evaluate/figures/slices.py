"""Figures for groups of faces: is a grouping as good for some people as for others?

Attributes are read after everything is fitted and chosen; they only judge.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.evaluate.figures.agreement import COUNTS
from components.evaluate.figures.bands import verification_intervals
from components.evaluate.figures.intervals import REPLICATES, label_intervals
from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.verification import Scored, figures_of
from components.pairs.files import Pairs
from components.photo_attributes import Attributes, groups_of

MAX_GROUPS = 10  # a column with more values, such as a name, makes no slices


def sliceable(paths: Sequence[str], attributes: Attributes) -> list[str]:
    """The columns that divide these photos into 2 to ``MAX_GROUPS`` groups."""
    found = []
    for column in attributes.columns:
        groups = set(groups_of(paths, attributes, column)) - {None}
        if 2 <= len(groups) <= MAX_GROUPS:
            found.append(column)
    return found


def label_slices(
    labels: Sequence[str | None],
    clusters: np.ndarray,
    groups: Sequence[str | None],
    n_replicates: int = REPLICATES,
    random_state: int = 0,
) -> dict[str, Any]:
    """Every figure of ``metrics.label_metrics`` on the faces of each group alone, with its interval.

    Args:
        labels: one for each face, or None.
        clusters: (n,) int; each noise face, -1, counts as a group of its own.
        groups: the value of an attribute for each face, None if unknown.
        n_replicates: of the bootstrap over identities.
        random_state: of its draws.

    Returns:
        ``groups``: name to {"n" faces, "n_identities", "figures", "intervals"}; ``unknown``, the number of
        faces whose group is not known, which are in no slice; and ``gap``, the ``largest_gap`` in figures
        that are shares (repair counts grow with the group).

    Raises:
        ValueError: different lengths.
    """
    clusters = np.asarray(clusters)
    if not len(labels) == len(clusters) == len(groups):
        received = f"{len(labels)}, {len(clusters)} and {len(groups)}"
        raise ValueError(f"Expected labels, clusters and groups of one length; received {received}.")
    table = {}
    for name in sorted({group for group in groups if group is not None}):
        rows = [i for i, group in enumerate(groups) if group == name]
        chosen = [labels[i] for i in rows]
        figures = label_metrics(chosen, clusters[rows])
        sure = label_intervals(chosen, clusters[rows], n_replicates, random_state)
        table[name] = {
            "n": len(rows),
            "n_identities": figures["n_identities"],
            "figures": figures,
            "intervals": sure["intervals"],
        }
    return {
        "groups": table,
        "unknown": sum(group is None for group in groups),
        "gap": largest_gap({name: entry["intervals"] for name, entry in table.items()}, leave_out=COUNTS),
    }


def verification_slices(
    scored: Scored,
    pairs_groups: Sequence[tuple[str | None, str | None]],
    n_replicates: int = REPLICATES,
    random_state: int = 0,
) -> dict[str, Any]:
    """Verification on the pairs whose photos both belong to a group, for each group, with intervals.

    Args:
        scored: p pairs.
        pairs_groups: the groups of the two photos of each pair, as ``groups_of_pairs`` gives them.
        n_replicates: of the bootstrap.
        random_state: of its draws.

    Returns:
        ``groups``: name to {"n" pairs, "figures" of ``verification.figures_of``, "intervals", "by"};
        ``mixed``, the number of pairs across two groups; ``unknown``, the number of pairs with a photo of no
        known group; and ``gap``, the ``largest_gap``.

    Raises:
        ValueError: different lengths.
    """
    if len(pairs_groups) != len(scored.same):
        raise ValueError(
            f"Expected two groups a pair: received {len(pairs_groups)} for {len(scored.same)} pairs."
        )
    names = [a if a == b else None for a, b in pairs_groups]
    unknown = sum(a is None or b is None for a, b in pairs_groups)
    table = {}
    for name in sorted({group for group in names if group is not None}):
        chosen = _chosen(scored, np.array([group == name for group in names], bool))
        sure = verification_intervals(chosen, n_replicates, random_state)
        table[name] = {
            "n": len(chosen.same),
            "figures": figures_of(chosen),
            "intervals": sure["intervals"],
            "by": sure["by"],
        }
    return {
        "groups": table,
        "mixed": sum(group is None for group in names) - unknown,
        "unknown": unknown,
        "gap": largest_gap({name: entry["intervals"] for name, entry in table.items()}),
    }


def _chosen(scored: Scored, rows: np.ndarray) -> Scored:
    people = None if scored.people is None else scored.people[rows]
    return dataclasses.replace(
        scored,
        scores=scored.scores[rows],
        same=scored.same[rows],
        fold=scored.fold[rows],
        index=scored.index[rows],
        people=people,
        missing=0,
    )


def groups_of_pairs(
    pairs: Pairs, scored: Scored, attributes: Attributes, column: str
) -> list[tuple[str | None, str | None]]:
    """The groups of both photos of each scored pair, for ``verification_slices``."""
    n = len(pairs.first)
    groups = groups_of([*pairs.first, *pairs.second], attributes, column)
    return [(groups[i], groups[n + i]) for i in scored.index.tolist()]


def largest_gap(
    intervals: Mapping[str, Mapping[str, Mapping[str, Any]]], leave_out: Sequence[str] = ()
) -> dict[str, Any] | None:
    """The largest difference of one figure between two groups, None if no two can be compared.

    ``intervals``: group to figure to {"value", "low", "high"}. Returns {"metric", "high", "low" (the
    groups), "gap", "overlap"}. If the two intervals overlap, the gap may be chance. The largest of many gaps
    is chance more often than its two intervals alone say; and figures that are not corrected for chance (all
    but ari and ami) tend to be higher in a group of fewer people.
    """
    names = {name for figures in intervals.values() for name in figures} - set(leave_out)
    best: dict[str, Any] | None = None
    for name in sorted(names):
        known = {
            group: figures[name]
            for group, figures in sorted(intervals.items())
            if name in figures and figures[name]["low"] is not None
        }
        if len(known) < 2:
            continue
        high = max(known, key=lambda group: known[group]["value"])
        low = min(known, key=lambda group: known[group]["value"])
        gap = known[high]["value"] - known[low]["value"]
        if best is None or gap > best["gap"]:
            overlap = bool(known[high]["low"] <= known[low]["high"])
            best = {"metric": name, "high": high, "low": low, "gap": float(gap), "overlap": overlap}
    return best
