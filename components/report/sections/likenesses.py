"""Where people were told apart: how alike pairs of faces are within groups and between them, and the cut."""

import bisect
import itertools
from collections.abc import Mapping
from typing import Any

from components.report.charts.charts import Axes, Line, chart, spanning
from components.words.text import decimal, whole

FRAME = (440, 280)
ASIDE = 0.1  # of the height of the cut: how much stricter or looser another is that is told of
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
    drawn = [x for line in lines for x, _ in line.points] or middles
    cut = min(max(1 - float(threshold["height"]), edges[0]), edges[-1])
    first = max(bisect.bisect_right(edges, min(*drawn, cut)) - 2, 0)
    on_line = lines[0].points if lines else [(cut, y_range[0])]
    nearest = min(on_line, key=lambda point: abs(point[0] - cut))
    marks = [(cut, nearest[1], f"cut at {decimal(1 - threshold['height'], 2)}")]
    axes = Axes(
        *FRAME, (edges[first], edges[-1]), y_range, "cosine of a pair", "share of pairs", True, False, marks
    )
    return {
        "chart": chart(lines, axes, f"{whole(total)} pairs drawn at random, by their cosine"),
        "reason": str(threshold["reason"]),
        "photos": photo_words(threshold),
        "otherwise": otherwise(threshold),
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
    apart = (
        ", and are surely of two people: they were kept apart" if threshold.get("kept_apart", True) else ""
    )
    return (
        f"{whole(pairs)} pairs of faces share a photo{apart}. "
        f"{whole(alike)} of them {'is' if alike == 1 else 'are'} more alike than the cut."
    )


def otherwise(threshold: Mapping[str, Any]) -> str:
    """What a stricter and a looser cut would leave, in words; "" where that is not known."""
    heights, groups = threshold["heights"], threshold["groups"]

    def left(height: float) -> int:
        return int(groups[max(bisect.bisect_right(heights, height) - 1, 0)])

    now = float(threshold["height"])
    stricter, looser = now * (1 - ASIDE), now * (1 + ASIDE)
    if not now or looser > heights[-1]:
        return ""
    return (
        f"The cut leaves {whole(left(now))} groups, single faces among them. A stricter one, at a cosine of "
        f"{decimal(1 - stricter, 3)}, would leave {whole(left(stricter))}, a looser one, at "
        f"{decimal(1 - looser, 3)}, {whole(left(looser))}."
    )
