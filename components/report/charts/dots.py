"""A dot plot of one figure, with a line for each variant, as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from components.words.text import decimal

WIDTH, ROW, TOP, BOTTOM, NAMES, RIGHT = 540, 26, 8, 26, 190, 26
LONGEST_NAME = 28  # characters that fit before the dots


@dataclass(frozen=True)
class DotRow:
    """A variant: its name, and a value (or None) for each kind of dot."""

    name: str
    values: Sequence[float | None]


def dot_plot(rows: Sequence[DotRow], title: str, digits: int = 3) -> Markup:
    """The plot as an <svg> element, empty without values. The first kind is a dot, the second a ring."""
    known = [value for row in rows for value in row.values if value is not None]
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    margin = 0.06 * (high - low) or abs(high) * 0.06 or 1.0
    low, high = low - margin, high + margin
    height = TOP + ROW * len(rows) + BOTTOM

    def x(value: float) -> float:
        return round(NAMES + (value - low) / (high - low) * (WIDTH - NAMES - RIGHT), 1)

    parts = [
        f'<svg class="chart dotplot" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    ]
    for index, row in enumerate(rows):
        y = TOP + ROW * index + ROW / 2
        parts.append(f'<g class="grid"><path d="M{NAMES} {y}H{WIDTH - RIGHT}"/></g>')
        name = row.name if len(row.name) <= LONGEST_NAME else row.name[: LONGEST_NAME - 1] + "…"
        parts.append(f'<text x="{NAMES - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        parts += [
            f'<circle class="dot{kind}" cx="{x(value)}" cy="{y}" r="5.5">'
            f"<title>{escape(row.name)}: {decimal(value, digits)}</title></circle>"
            for kind, value in enumerate(row.values)
            if value is not None
        ]
    for value in (min(known), max(known)):
        at = f'x="{x(value)}" y="{height - 6}"'
        parts.append(f'<text {at} text-anchor="middle">{decimal(value, digits)}</text>')
        if low + margin == high - margin:
            break
    return Markup("".join(parts) + "</svg>")
