"""All pairs of photos that show one picture, from what was read of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from components.duplicates.candidates import candidates
from components.duplicates.confirm import bare_row, confirmed
from components.duplicates.photos import Seen
from components.duplicates.rows import DuplicateRow


def duplicates(
    seen: Sequence[Seen], report: Callable[[int, int], object] | None = None
) -> tuple[list[DuplicateRow], int]:
    """The pairs that show one picture, those under two names first, then by path; and how many were tried.

    Photos with the same pixels are told as pairs with the first of them, and only that one is compared with
    others.
    """
    unique, rows = same_pixels(seen)
    described = np.stack([one.described for one in unique]) if unique else np.zeros((0, 0, 0), np.float32)
    found = candidates(described)
    rows += confirmed(unique, found, report)
    return sorted(rows, key=lambda row: (not row.two_names, row.first, row.second)), len(found)


def same_pixels(seen: Sequence[Seen]) -> tuple[list[Seen], list[DuplicateRow]]:
    """The first photo of each picture by path, and the rows of the others."""
    first_of: dict[str, Seen] = {}
    rows = []
    for one in sorted(seen, key=lambda one: one.photo.path):
        first = first_of.setdefault(one.pixel_hash, one)
        if first is not one:
            same_file = first.content_hash == one.content_hash
            rows.append(bare_row(first, one, kind="exact", also="the same file" if same_file else ""))
    return list(first_of.values()), rows


def open_rows(rows: Sequence[DuplicateRow], decided: Collection[frozenset[str]]) -> list[DuplicateRow]:
    """The pairs that nobody has decided yet; ``decided`` are pairs of content hashes."""
    return [row for row in rows if frozenset((row.first_hash, row.second_hash)) not in decided]
