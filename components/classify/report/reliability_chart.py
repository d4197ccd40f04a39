"""How often a classifier is right by how sure it is, as a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from components.report.charts.charts import Axes, Line, chart
from components.words.text import counted, decimal

SIZE = (360, 320)
NAMES = "probability of yes that was said", "share of yes"


def reliability_chart(bins: Sequence[Mapping[str, float]]) -> Markup | None:
    """The share of yes over what was said, in ten bins, beside the diagonal; None without a bin."""
    if not bins:
        return None
    found = Line(
        "photos",
        [(one["said"], one["share"]) for one in bins],
        0,
        dots=True,
        tips=[tip_of(one) for one in bins],
    )
    even = Line("as often as said", [(0.0, 0.0), (1.0, 1.0)], 7)
    axes = Axes(
        *SIZE, (0.0, 1.0), (0.0, 1.0), "probability of yes that was said", "share of yes", False, True, []
    )
    return chart([found, even], axes, "Share of yes over the probability of yes that was said")


def tip_of(one: Mapping[str, float]) -> str:
    """What a dot says when it is pointed at."""
    said, share = decimal(one["said"], 2), decimal(one["share"], 2)
    return f"said {said}, yes in {share} of {counted(int(one['n']), 'answer')}"
