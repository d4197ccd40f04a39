"""``facefold duplicates``: reads the photos, finds the pairs, and writes them as a list and as a page."""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, TextIO

from components.duplicates.confirm import Pictures
from components.duplicates.page import PAGE_NAME, About, write_page
from components.duplicates.photos import see_all
from components.duplicates.rows import KINDS, NAME, write_rows
from components.duplicates.search import duplicates, open_rows
from components.ingest.decisions import decided_pairs, read_decisions
from components.ingest.listing import photos_below
from components.words.text import counted
from pipeline.commands.progress_lines import teller
from pipeline.commands.verification import existing
from pipeline.dag.layout import Layout
from pipeline.runners.root_folder import usable_cache
from schemas.paths import absolute, writable_folder


def find_duplicates(
    images: str,
    decisions_file: str | None,
    out: str | None,
    root: str,
    stream: TextIO | None = None,
) -> dict[str, Any]:
    """Writes the pairs of photos below ``images`` that show one picture into ``out``; deletes nothing.

    Args:
        images: the photos' folder.
        decisions_file: what was decided before, as ``components.duplicates.decisions`` reads it, or None.
        out: the folder to write to; None is ``duplicates`` below ``root``.
        root: the folder with the hashes of files that did not change.
        stream: receives lines about the progress, for a person to read; None for none.

    Returns:
        A dict for JSON: ``photos``, ``read``, ``broken`` {reason: count}, ``pairs`` (those open),
        ``two_names``, ``kinds`` {kind: count}, ``candidates`` (pairs registered), ``decided``,
        ``seconds`` and ``cpu_seconds`` {reading, pairs}, ``csv``, ``page``.

    Raises:
        ValueError: a folder or the file of decisions is wrong.
    """
    folder = existing(images, "--images", os.path.isdir, "a folder of photos")
    decisions = []
    if decisions_file:
        file = existing(decisions_file, "--decisions", os.path.isfile, "JSON lines of decisions")
        decisions = read_decisions(file)
    cache_dir = usable_cache(root)
    target = absolute(out, "--out") if out else Layout(Path(root)).page("duplicates")
    writable_folder(target, "--out")
    photos = photos_below(str(folder))
    began, work = time.monotonic(), time.process_time()
    seen, broken = see_all(photos, str(cache_dir), teller(stream, "photos read"))
    read, work_read = time.monotonic(), time.process_time()
    rows, tried = duplicates(seen, teller(stream, "candidates compared", 2000))
    found, work_found = time.monotonic(), time.process_time()
    still_open = open_rows(rows, decided_pairs(decisions))
    write_rows(still_open, target / NAME)
    by_path = {one.photo.path: one.photo for one in seen}
    pictures = Pictures()
    about = About(str(folder), len(photos), decisions, len(rows) - len(still_open))
    write_page(still_open, lambda path: pictures(by_path[path]), target / PAGE_NAME, about)
    kinds = Counter(row.kind for row in still_open)
    return {
        "photos": len(photos),
        "read": len(seen),
        "broken": dict(sorted(Counter(reason.partition(":")[0] for _, reason in broken).items())),
        "pairs": len(still_open),
        "two_names": sum(row.two_names for row in still_open),
        "kinds": {kind: kinds[kind] for kind in KINDS},
        "candidates": tried,
        "decided": len(rows) - len(still_open),
        "seconds": {"reading": round(read - began, 2), "pairs": round(found - read, 2)},
        "cpu_seconds": {"reading": round(work_read - work, 2), "pairs": round(work_found - work_read, 2)},
        "csv": str(target / NAME),
        "page": str(target / PAGE_NAME),
    }


def lines_of(result: dict[str, Any]) -> list[str]:
    """The result in words."""
    broken = ", ".join(f"{count} {reason}" for reason, count in result["broken"].items())
    kinds = ", ".join(f"{count} {kind}" for kind, count in result["kinds"].items() if count)
    return [
        f"{counted(result['photos'], 'file')}, {result['read']} read"
        + (f"; not read: {broken}" if broken else ""),
        f"{counted(result['pairs'], 'pair')} of one picture, {result['two_names']} under two names"
        + (f": {kinds}" if kinds else "")
        + (f"; {result['decided']} decided before" if result["decided"] else ""),
        f"reading {result['seconds']['reading']} s, pairs {result['seconds']['pairs']} s",
        result["csv"],
        result["page"],
    ]
