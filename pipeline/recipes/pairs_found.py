"""Which pairs name photos that are there, told before work starts."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from components.face_table import without_extension
from components.ingest.listing import list_photos

if TYPE_CHECKING:
    from components.ingest.settings import SourceSettings
    from components.pairs.files import Pairs
    from pipeline.recipes.recipe import Recipe


def photo_names(ingest: SourceSettings) -> set[str]:
    """The names, as pairs write them, of all photos of a source, whatever ``max_photos`` takes of them."""
    return {without_extension(photo.path) for photo in list_photos(ingest.changed(max_photos=0))}


def n_found(pairs: Pairs, names: Collection[str]) -> int:
    """The number of pairs of which both photos are among ``names``."""
    return sum(a in names and b in names for a, b in zip(pairs.first, pairs.second, strict=True))


def missing_line(pairs: Pairs, names: Collection[str]) -> str | None:
    """A line about pairs that name a photo which is not among ``names``; None if there are none."""
    n, there = len(pairs.first), n_found(pairs, names)
    if there == n:
        return None
    first = next(
        name for pair in zip(pairs.first, pairs.second, strict=True) for name in pair if name not in names
    )
    return f"{n - there} of {n} pairs are not compared: they name photos that are not there, first {first!r}"


def missing_of(recipe: Recipe) -> str | None:
    """``missing_line`` of the pairs of a recipe's settings; None where it has none."""
    from components.pairs.files import read_pairs

    if not recipe.judging.pairs:
        return None
    return missing_line(read_pairs(recipe.judging.pairs), photo_names(recipe.ingest))
