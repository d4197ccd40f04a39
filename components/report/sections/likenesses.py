"""Where people were told apart: how alike pairs of faces are within groups and between them, and the cut."""

import itertools
from collections.abc import Mapping
from typing import Any

from components.report.charts.charts import Axes, Line, chart, spanning
from components.words.text import decimal, whole

FRAME = (440, 280)
FEWEST = 5  # pairs of a bin that is drawn


def likenesses(threshold: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Pairs of faces by their cosine, within a group and between two, with the cut; None without a cut.

    ``threshold`` are the facts of ``models.clustering.linkage.identity_threshold.IdentityThreshold``.
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
    y_range = spanning([y for line in lines for _, y in line.points], log=True)
    cut = min(max(1 - float(threshold["height"]), edges[0]), edges[-1])
    on_line = lines[0].points if lines else [(cut, y_range[0])]
    nearest = min(on_line, key=lambda point: abs(point[0] - cut))
    marks = [(cut, nearest[1], f"cut at {decimal(1 - threshold['height'], 2)}")]
    axes = Axes(
        *FRAME, (edges[0], edges[-1]), y_range, "cosine of a pair", "share of pairs", True, False, marks
    )
    return {
        "chart": chart(lines, axes, f"{whole(total)} pairs drawn at random, by their cosine"),
        "reason": str(threshold["reason"]),
        "photos": photo_words(threshold),
        "pairs": total,
    }


def shares(name: str, middles: list[float], counts: list[int], total: int, style: int) -> Line:
    """The pairs of one kind as shares of all, without bins that hold only a few."""
    points = [(x, count / total) for x, count in zip(middles, counts, strict=True) if count >= FEWEST]
    return Line(name, points, style, dots=len(points) == 1)


def photo_words(threshold: Mapping[str, Any]) -> str:
    """What faces that share a photo, and so show two people, say about the cut."""
    pairs, alike = threshold["photo_pairs"], threshold["photo_pairs_alike"]
    if not pairs:
        return "No two faces share a photo, so that no pair was surely of two people."
    return (
        f"{whole(pairs)} pairs of faces share a photo, and are surely of two people: they were kept apart. "
        f"{whole(alike)} of them {'is' if alike == 1 else 'are'} more alike than the cut."
    )
