"""Small charts as inline SVG, which need no script, can be printed, and take the page's colours."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from markupsafe import Markup, escape

from components.words.text import compact

MOST_POINTS = 600  # of one line; more cannot be told apart on a screen
BOTTOM, TOP, RIGHT = 44, 26, 14
LEFT = 58
Item = TypeVar("Item")


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: what it is called in the legend.
        points: (x, y) pairs, finite.
        style: index of its colour and dash, 0 to 7.
        bars: (x, low, high) of error bars; one that reaches beyond the frame isn't drawn.
        band: (x, low, high) along a band around the line.
        tips: a text for each point, or empty.
        dots: draw a dot at each point.
        kind: CSS class in place of the style's.
        label: drawn at the line's end.
    """

    name: str
    points: Sequence[tuple[float, float]]
    style: int = 0
    bars: Sequence[tuple[float, float, float]] = ()
    tips: Sequence[str] = ()
    dots: bool = False
    band: Sequence[tuple[float, float, float]] = ()
    kind: str = ""
    label: str = ""


@dataclass(frozen=True)
class Axes:
    """Size, ranges and captions of a chart. It maps values to pixels."""

    width: int
    height: int
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str
    y_label: str
    log_y: bool = False
    whole_x: bool = True
    marks: Sequence[tuple[float, float, str]] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Pixels from the left."""
        low, high = self.x_range
        return LEFT + (value - low) / ((high - low) or 1) * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        low, high = self.y_range
        if self.log_y:
            low, high, value = math.log10(low), math.log10(high), math.log10(value)
        return self.height - BOTTOM - (value - low) / ((high - low) or 1) * (self.height - BOTTOM - TOP)

    def inside(self, value: float) -> float:
        """Pixels from the top; a value outside the range is drawn at the frame's edge."""
        return min(max(self.y(value), TOP), self.height - BOTTOM)


def chart(lines: Sequence[Line], axes: Axes, title: str) -> Markup:
    """The chart as an <svg> element, with a title for screen readers."""
    parts = [
        f'<svg class="chart" viewBox="0 0 {axes.width} {axes.height}" role="img" ',
        f'aria-label="{escape(title)}">',
        _grid(axes),
    ]
    parts += [_mark_line(axes, x) for x, _, _ in axes.marks]
    parts += [_line(axes, line) for line in lines]
    parts += [_mark(axes, *mark) for mark in axes.marks]
    return Markup("".join(parts) + "</svg>")


def spanning(values: Iterable[float], log: bool = False) -> tuple[float, float]:
    """A range a little wider than the values; (0, 1) without values."""
    finite = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
    if not finite:
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = min(finite), max(finite)
    if log:
        return low / 1.15, high * 1.15
    room = (high - low) * 0.06 or abs(high) * 0.05 or 0.5
    return low - room, high + room


def linear_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most about `most` round values inside the range."""
    raw = (high - low) / most or 1.0
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(scale * m for m in (1, 2, 2.5, 5, 10) if scale * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) + 0.0 for i in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2, 5 times powers of ten inside the range; only the powers if the range is wide."""
    digits = (1,) if math.log10(high / low) > 3 else (1, 2, 5)
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    ticks = [d * 10.0**p for p in powers for d in digits if low <= d * 10.0**p <= high]
    return ticks if len(ticks) > 1 else linear_ticks(low, high, 4)


def thinned(points: Sequence[Item], most: int = MOST_POINTS) -> list[Item]:
    """At most `most` items, evenly spread; the first and the last are always kept."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _grid(axes: Axes) -> str:
    bottom, right = axes.height - BOTTOM, axes.width - RIGHT
    out = ['<g class="grid">']
    ticks = log_ticks(*axes.y_range) if axes.log_y else linear_ticks(*axes.y_range)
    for tick in ticks:
        y = axes.y(tick)
        out.append(
            f'<path d="M{LEFT} {y:.1f}H{right}"/><text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
        )
        out.append(f"{compact(tick)}</text>")
    x_ticks = [t for t in linear_ticks(*axes.x_range, most=6) if not axes.whole_x or t == int(t)]
    for tick in x_ticks:
        x = axes.x(tick)
        out.append(
            f'<path d="M{x:.1f} {bottom}v4"/><text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">'
        )
        out.append(f"{compact(tick)}</text>")
    middle = (LEFT + right) / 2
    out.append(f'<path class="base" d="M{LEFT} {bottom}H{right}"/>')
    out.append(f'<text class="caption" x="{middle:.0f}" y="{axes.height - 6}" text-anchor="middle">')
    out.append(
        f'{escape(axes.x_label)}</text><text class="caption" x="4" y="11">{escape(axes.y_label)}</text></g>'
    )
    return "".join(out)


def _mark_line(axes: Axes, x: float) -> str:
    return f'<g class="mark"><path d="M{axes.x(x):.1f} {TOP}V{axes.height - BOTTOM}"/></g>'


def _mark(axes: Axes, x: float, y: float, text: str) -> str:
    left, top = axes.x(x), axes.y(y)
    near_right = left > axes.width * 0.66
    anchor, shift = ("end", -9) if near_right else ("start", 9)
    return (
        f'<g class="mark"><circle cx="{left:.1f}" cy="{top:.1f}" r="7"/>'
        f'<text x="{left + shift:.1f}" y="{TOP + 11}" text-anchor="{anchor}">{escape(text)}</text></g>'
    )


def _line(axes: Axes, line: Line) -> str:
    places = [(axes.x(x), axes.inside(y)) for x, y in line.points if not axes.log_y or y > 0]
    out = [f'<g class="line {line.kind or f"l{line.style % 8}"}">']
    if line.band:
        upper = [f"{axes.x(x):.1f} {axes.inside(high):.1f}" for x, _, high in line.band]
        lower = [f"{axes.x(x):.1f} {axes.inside(low):.1f}" for x, low, _ in reversed(line.band)]
        out.append(f'<path class="band" d="M{"L".join(upper + lower)}Z"/>')
    if line.bars:
        path = "".join(
            f"M{axes.x(x):.1f} {axes.inside(low):.1f}V{axes.inside(high):.1f}m-3 0h6"
            for x, low, high in line.bars
            if axes.y_range[0] <= low and high <= axes.y_range[1]
        )
        out.append(f'<path class="error" d="{path}"/>')
    if len(places) > 1:
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in thinned(places))
        out.append(f'<path class="stroke" d="{path}"/>')
    if line.dots or len(places) == 1:
        low, high = axes.y_range
        tips = line.tips or [""] * len(places)
        shown = [low <= y <= high for _, y in line.points if not axes.log_y or y > 0]
        for (x, y), tip, inside in zip(places, tips, shown, strict=False):
            if not inside:
                continue
            title = f"<title>{escape(tip)}</title>" if tip else ""
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2">{title}</circle>')
    if line.label and places:
        out.append(_end_label(axes, places[-1], line.label))
    return "".join(out) + "</g>"


def _end_label(axes: Axes, place: tuple[float, float], text: str) -> str:
    x, y = place
    anchor, shift = ("end", -6) if x > axes.width * 0.6 else ("start", 6)
    above = y - 8 if y > TOP + 14 else y + 16
    place_of = f'x="{x + shift:.1f}" y="{above:.1f}" text-anchor="{anchor}"'
    return f'<text class="label" {place_of}>{escape(text)}</text>'
