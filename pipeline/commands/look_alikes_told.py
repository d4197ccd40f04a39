"""``facefold look-alikes``: looks, writes what was found, and tells it."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from components.look_alikes.cost import Cost, costs, threshold_for_all
from components.look_alikes.hardest import LookAlikes, hardest
from components.look_alikes.library import Library
from components.look_alikes.mixed import MixedGroups, mixed_groups
from components.look_alikes.page import NAME as PAGE
from components.look_alikes.page import render_page
from components.look_alikes.rule import NAME, PairThreshold, PersonMean, Thresholds, told
from pipeline.commands.look_alikes_library import Found, Where, find_library
from pipeline.dag.layout import Layout
from schemas.files import atomic_write
from schemas.paths import absolute, writable_folder

TABLE = "look-alikes.csv"
LEAST = 4


def look_alikes(
    where: Where,
    out: str | None,
    most: int = 20,
    least: int = 5,
    threshold: float | None = None,
    stream: TextIO | None = None,
) -> dict[str, Any]:
    """Looks for the people who look alike, and writes the table and the thresholds into the folder ``out``.

    Where ``out`` is None, that is ``look-alikes`` below the root.

    Returns a dict for JSON: ``model``, ``space``, ``named``, ``photos`` (counts), ``people``, ``judged``,
    ``threshold`` (for everybody), ``pairs``, ``files``.

    Raises:
        ValueError: something given is wrong, or there are fewer than two people; one line.
    """
    check_choices(most, least, threshold)
    folder = absolute(out, "--out") if out else Layout(Path(where.root or ".")).page("look-alikes")
    found = find_library(where, stream)
    library = found.library
    enough = people_enough(library, least)
    everybody = threshold_for_all(library).threshold if threshold is None else threshold
    pairs = hardest(library, most, least)
    price = costs(
        library,
        [(one.one, one.other) for one in pairs],
        [one.parting.cut.threshold for one in pairs],
        everybody,
    )
    mixed = mixed_groups(library)
    named = {group.person for group in mixed.groups}
    rows = [pair_told(library, one, cost, named) for one, cost in zip(pairs, price, strict=True)]
    writable_folder(folder, "--out")
    files = {"page": folder / PAGE, "table": folder / TABLE, "thresholds": folder / NAME}
    result = {
        "model": found.model,
        "space": found.space,
        "named": library.named,
        "photos": found.photos,
        "people": len(library.names),
        "judged": enough,
        "least": least,
        "threshold": everybody,
        "threshold_given": threshold is not None,
        "pairs": rows,
        "mixed": mixed_told(found, mixed),
        "files": {name: str(path) for name, path in files.items()},
    }
    atomic_write(
        files["page"], render_page(library, pairs, mixed, result, time.strftime("%Y-%m-%dT%H:%M:%S%z"))
    )
    atomic_write(files["table"], table_of(rows))
    atomic_write(files["thresholds"], json.dumps(told(thresholds_of(found, pairs, least)), indent=1))
    return result


def people_enough(library: Library, least: int) -> int:
    """How many people have ``least`` photos or more; raises ValueError, one line, for fewer than two."""
    enough = int((library.photos_of_each() >= least).sum())
    if enough < 2:
        raise ValueError(
            f"{enough} of {len(library.names)} people have {least} photos or more. Expected two. Lower "
            "--least, or give more photos."
        )
    return enough


def check_choices(most: int, least: int, threshold: float | None) -> None:
    """Raises ValueError, one line, for a number of pairs or photos, or a threshold, that can't be."""
    if most < 1 or least < LEAST:
        raise ValueError(
            f"--pairs {most} --least {least} is wrong. Expected at least one pair, and {LEAST} photos of "
            "each person: fewer leave none to judge a threshold by."
        )
    if threshold is not None and not -1 <= threshold <= 1:
        raise ValueError(f"--threshold {threshold} is wrong. Expected a cosine, -1 to 1.")


def mixed_told(found: Found, mixed: MixedGroups) -> dict[str, Any]:
    """The mixed groups as a dict for JSON; ``years`` are the first and the last of each half's photos."""
    library = found.library
    groups = [
        {
            "person": library.names[group.person],
            "parts": [len(rows) for rows in group.halves.parts],
            "apart": group.halves.apart,
            "needed": group.needed,
            "nearer": group.nearer,
            "together": group.together,
            "years": [found.years(rows) for rows in group.halves.parts],
            "photos": [[library.paths[row] for row in rows] for rows in group.halves.parts],
        }
        for group in mixed.groups
    ]
    return dict(plain({"looked_at": mixed.looked_at, "found": mixed.found, "groups": groups}))


def pair_told(
    library: Library, pair: LookAlikes, cost: tuple[Cost, Cost], mixed: Collection[int]
) -> dict[str, Any]:
    """One pair as a dict for JSON; None where a figure is unknown.

    ``cost`` is that of its own threshold for all others, and of the one for everybody; ``mixed`` are the
    people who look like two.
    """
    own, shared = cost
    parting = pair.parting
    return dict(
        plain(
            {
                "people": [library.names[pair.one], library.names[pair.other]],
                "photos": [int(n) for n in library.photos_of_each()[[pair.one, pair.other]]],
                "together": pair.together,
                "mixed": [library.names[one] for one in (pair.one, pair.other) if one in mixed],
                "within": pair.within,
                "across": pair.across,
                "apart": pair.apart,
                "parts": parting.parts,
                "threshold": parting.cut.threshold,
                "threshold_interval": [parting.threshold_low, parting.threshold_high],
                "seen": {
                    "error": parting.cut.error,
                    "split": parting.cut.split,
                    "merged": parting.cut.merged,
                },
                "error": parting.error,
                "interval": [parting.low, parting.high],
                "others": {"own": asdict(own), "everybody": asdict(shared)},
            }
        )
    )


def plain(value: Any) -> Any:
    """The same with None for NaN, for JSON."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def thresholds_of(found: Found, pairs: list[LookAlikes], least: int) -> Thresholds:
    """What ``assign`` needs: the pairs that part, and all people of ``least`` photos or more."""
    library = found.library
    people = {}
    for person in np.flatnonzero(library.photos_of_each() >= least).tolist():
        rows, name = library.rows(person), library.names[person]
        mean = library.x[rows].astype(np.float64).mean(axis=0)
        people[name] = PersonMean(name, mean, len(rows), tuple(library.clusters_of(person)))
    named = tuple(
        PairThreshold((library.names[pair.one], library.names[pair.other]), pair.parting.cut.threshold)
        for pair in pairs
        if pair.parting.parts
    )
    return Thresholds(found.model, found.space, found.probe, people, named)


def table_of(rows: list[dict[str, Any]]) -> str:
    """The pairs as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    shares = [
        f"{who}_{what}{end}"
        for who in ("own", "everybody")
        for what in ("merged", "split")
        for end in ("", "_low", "_high")
    ]
    writer.writerow(
        ["first", "second", "first_photos", "second_photos", "together", "within", "across", "apart", "parts",
         "threshold", "threshold_low", "threshold_high", "error", "error_low", "error_high", "error_seen",
         *shares]
    )  # fmt: skip
    for row in rows:
        costs_of = [
            row["others"][who][what][end]
            for who in ("own", "everybody")
            for what in ("merged", "split")
            for end in ("value", "low", "high")
        ]
        writer.writerow(
            [*row["people"], *row["photos"], row["together"], row["within"], row["across"], row["apart"],
             int(row["parts"]), row["threshold"], *row["threshold_interval"], row["error"], *row["interval"],
             row["seen"]["error"], *costs_of]
        )  # fmt: skip
    return text.getvalue()


def lines_of(result: Mapping[str, Any]) -> list[str]:
    """The result as a table, line by line."""
    photos = result["photos"]
    lines = [
        f"{result['model']}, space {result['space']}",
        f"{photos['given']} photos, {photos['faces']} with a face; {result['people']} people by "
        f"{result['named']}, {result['judged']} with enough photos to be judged",
        f"threshold for everybody: {result['threshold']:.4f} (cosine; from it on two faces are one person)",
        "",
        f"{'look alike':44}{'parts at':>9}{'error on other photos':>24}   used for all others: joined, split",
    ]
    for row in result["pairs"]:
        names = " / ".join(name if len(name) <= 20 else name[:19] + "…" for name in row["people"])
        error = "-" if row["error"] is None else f"{row['error']:.3f} ({span(row['interval'])})"
        own, shared = row["others"]["own"], row["others"]["everybody"]
        moved = (
            f"{percent(shared['merged'])} -> {percent(own['merged'])}, "
            f"{percent(shared['split'])} -> {percent(own['split'])}"
        )
        at = f"{row['threshold']:.4f}" if row["parts"] else "unsure"
        lines.append(f"{names:44}{at:>9}{error:>24}   {moved}")
        lines += [f"  {name} looks like two people itself" for name in row["mixed"]]
    mixed = result["mixed"]
    lines += [
        "",
        f"{mixed['looked_at']} {result['named']} halved: {len(mixed['groups'])} look like two people",
    ]
    for group in mixed["groups"]:
        sizes = " and ".join(map(str, group["parts"]))
        lines.append(
            f"  {group['person']}: {sizes} faces, {group['apart']:.2f} apart (from {group['needed']:.2f} on)"
        )
    if mixed["found"] is not None:
        lines.append(f"  of mixes of two of these people {mixed['found']:.0%} would be named")
    return [*lines, "", *(f"{name}: {path}" for name, path in result["files"].items())]


def span(ends: list[float | None]) -> str:
    """An interval in words."""
    return "-" if None in ends else f"{ends[0]:.3f} to {ends[1]:.3f}"


def percent(share: Mapping[str, Any]) -> str:
    """A share in percent."""
    return "-" if share["value"] is None else f"{share['value']:.2%}"
