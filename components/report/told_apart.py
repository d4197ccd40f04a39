"""Where people were told apart: how alike pairs of faces are, within groups and between, and the cut."""

import itertools
from collections.abc import Mapping
from typing import Any

from components.report.charts import Axes, Line, chart, spanning
from components.report.text import decimal, whole

FRAME = (440, 280)


def told_apart(threshold: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Pairs of faces by their cosine, of one group and of two, with the cut; None where there was none.

    ``threshold`` is the facts of ``models.identity_threshold.IdentityThreshold``.
    """
    if not threshold:
        return None
    edges = [float(edge) for edge in threshold["edges"]]
    middles = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
    total = sum(threshold["within"]) + sum(threshold["between"])
    lines = [
        shares("two groups", middles, threshold["between"], total, 7),
        shares("one group", middles, threshold["within"], total, 0),
    ]
    lines = [line for line in lines if line.points]
    if not lines:
        return None
    y_range = spanning([y for line in lines for _, y in line.points], log=True)
    cut = min(max(1 - float(threshold["height"]), edges[0]), edges[-1])
    marks = [(cut, y_range[0], f"cut at {decimal(1 - threshold['height'], 2)}")]
    axes = Axes(
        *FRAME, (edges[0], edges[-1]), y_range, "cosine of two faces", "share of pairs", True, False, marks
    )
    return {
        "chart": chart(lines, axes, f"Pairs of faces by their cosine, {whole(total)} drawn at random"),
        "reason": str(threshold["reason"]),
        "photos": photo_words(threshold),
        "pairs": total,
    }


def shares(name: str, middles: list[float], counts: list[int], total: int, style: int) -> Line:
    """The pairs of one kind as shares of all, those bins alone that have any."""
    points = [(x, count / total) for x, count in zip(middles, counts, strict=True) if count]
    return Line(name, points, style, dots=len(points) == 1, label=name)


def photo_words(threshold: Mapping[str, Any]) -> str:
    """What faces of one photo, surely of two people, say of the cut."""
    pairs, alike = threshold["photo_pairs"], threshold["photo_pairs_alike"]
    if not pairs:
        return "No two faces share a photo, so that no pair was surely of two people."
    return (
        f"{whole(pairs)} pairs of faces share a photo, and are surely of two people: they were kept apart. "
        f"{whole(alike)} of them {'is' if alike == 1 else 'are'} more alike than the cut."
    )
