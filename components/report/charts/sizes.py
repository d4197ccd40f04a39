"""The sizes of the groups: a bar for each group, the largest first."""

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

from components.report.charts.charts import linear_ticks
from components.report.groups import Group
from components.words.text import compact, counted

WIDTHS = (1000, 400)  # one of each is drawn; the page shows the one that fits
HEIGHT, LEFT, TOP, BOTTOM = 220, 44, 14, 24
MOST_BARS, WIDEST = 240, 48


def size_bars(groups: Sequence[Group]) -> list[Markup]:
    """The bars, at most 240, wide and narrow; none without groups."""
    shown = [group for group in groups if group.cluster >= 0][:MOST_BARS]
    return [_bars(shown, width) for width in WIDTHS] if shown else []


def _bars(shown: Sequence[Group], width: int) -> Markup:
    highest = max(group.size for group in shown)
    step = min((width - LEFT) / len(shown), WIDEST)
    gap = 2.0 if step > 8 else 0.5

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / highest * (HEIGHT - TOP - BOTTOM)

    title = f"Sizes of {counted(len(shown), 'group')}"
    out = [
        f'<svg class="chart bars" viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="{title}">'
        '<g class="grid">'
    ]
    for tick in (t for t in linear_ticks(0, highest, 4) if t == int(t)):
        out.append(f'<path d="M{LEFT} {y(tick):.1f}H{width}"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{compact(tick)}</text>')
    out.append("</g>")
    for place, group in enumerate(shown):
        x, top = LEFT + place * step, y(group.size)
        tip = f"{group.name}: {group.size}"
        out.append(
            f'<rect class="{group.style}" x="{x:.1f}" y="{top:.1f}" width="{max(step - gap, 0.5):.1f}" '
        )
        out.append(f'height="{HEIGHT - BOTTOM - top:.1f}"><title>{escape(tip)}</title></rect>')
        if step > 19:
            out.append(
                f'<text x="{x + step / 2:.1f}" y="{HEIGHT - 8}" text-anchor="middle">{group.cluster}</text>'
            )
    return Markup("".join(out) + "</svg>")


def size_words(groups: Sequence[Group]) -> str:
    """The sizes in a sentence: median, largest, and how many groups hold a single face."""
    sizes = np.array([group.size for group in groups if group.cluster >= 0])
    if not len(sizes):
        return ""
    alone = int((sizes == 1).sum())
    single = f", {counted(alone, 'group holds', 'groups hold')} a single face" if alone else ""
    apart = sum(group.size for group in groups if group.cluster < 0)
    left = f" {counted(apart, 'face is', 'faces are')} in no group." if apart else ""
    half = f"Half of the groups have {np.median(sizes):.0f} or more"
    return f"{half}, the largest has {sizes.max()}{single}.{left}"
