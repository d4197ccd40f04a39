"""Figures for groups of faces: is a grouping as good for some people as for others?

Attributes are read after everything is fitted and chosen; they only judge.
"""

from __future__ import annotations

import csv
import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from components.evaluate.figures.agreement import COUNTS
from components.evaluate.figures.bands import verification_intervals
from components.evaluate.figures.intervals import REPLICATES, label_intervals
from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.verification import Scored, figures_of
from components.face_table import without_extension
from components.pairs.files import Pairs

FILE_COLUMNS = ("file", "image", "path", "image_id", "image_path", "filename")
MAX_GROUPS = 10  # a column with more values, such as a name, makes no slices


@dataclass(frozen=True)
class Attributes:
    """A CSV of photos: ``files`` as it names them, and ``columns``, name to a text for each file."""

    files: list[str]
    columns: dict[str, list[str]]


def read_attributes(path: str | Path) -> Attributes:
    """Reads a CSV with a head. The column of files is one of ``FILE_COLUMNS``, or else the first.

    Raises ValueError, with the row's number, if a row is shorter or longer than the head, or if there is no
    column except that of files.
    """
    with open(path, newline="", encoding="utf-8") as stream:
        rows = [row for row in csv.reader(stream) if row]
    head = [name.strip() for name in rows[0]] if rows else []
    if len(head) < 2:
        raise _wrong(path, 1, "a head that names the file's column and an attribute", str(head))
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(head):
            raise _wrong(path, number, f"{len(head)} values", str(len(row)))
    place = next((i for i, name in enumerate(head) if name.lower() in FILE_COLUMNS), 0)
    columns = {name: [row[i].strip() for row in rows[1:]] for i, name in enumerate(head) if i != place}
    return Attributes([row[place].strip() for row in rows[1:]], columns)


def _wrong(path: str | Path, number: int, expected: str, received: str) -> ValueError:
    return ValueError(
        f"{path}, row {number}, is no table of attributes. Expected {expected}; received {received}. "
        "Give CSV as in: file,male"
    )


def groups_of(paths: Sequence[str], attributes: Attributes, column: str) -> list[str | None]:
    """The value of ``column`` for each photo, None if the CSV does not give it.

    Photos are matched by their whole path without extension. If that fails they are matched by their bare
    name, provided that only one file of the CSV and one of the different ``paths`` have it; a path is
    repeated if its photo has several faces. Raises ValueError for an unknown column.
    """
    if column not in attributes.columns:
        known = ", ".join(attributes.columns)
        raise ValueError(f"Unknown attribute {column!r}. Expected one of: {known}. Check the CSV's head.")
    values = dict(zip(map(without_extension, attributes.files), attributes.columns[column], strict=True))
    listed = Counter(PurePosixPath(file).name for file in values)
    given = Counter(PurePosixPath(path).name for path in {without_extension(path) for path in paths})
    by_name = {PurePosixPath(file).name: value for file, value in values.items()}
    found: list[str | None] = []
    for path in map(without_extension, paths):
        name = PurePosixPath(path).name
        single = listed[name] == given[name] == 1
        value = values.get(path, by_name.get(name, "") if single else "")
        found.append(value or None)
    return found


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
