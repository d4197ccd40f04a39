"""Parallel axes: several things by several figures, each figure on an axis of its own (P2, figure 6.2)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from components.words.text import decimal

WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 560, 280, 34, 40, 60, 90


def parallel_axes(axes: Sequence[str], lines: Mapping[str, Sequence[float]], title: str) -> Markup:
    """The chart as an <svg> element, a line for each of ``lines`` with a value on each of two or more axes.

    Every axis goes from the least of 0 and its values to the greatest. Raises ValueError for lines of
    another length than ``axes``, and for fewer than two axes.
    """
    if len(axes) < 2 or any(len(values) != len(axes) for values in lines.values()):
        raise ValueError(
            f"Expected two or more axes and a value on each; received {len(axes)} and "
            f"{[len(values) for values in lines.values()]}."
        )
    places = [LEFT + i * (WIDTH - LEFT - RIGHT) / (len(axes) - 1) for i in range(len(axes))]
    ranges = [
        (min([0.0, *(line[i] for line in lines.values())]), max([0.0, *(line[i] for line in lines.values())]))
        for i in range(len(axes))
    ]
    parts = [f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    parts += [_axis(*one) for one in zip(axes, places, ranges, strict=True)]
    heights = {
        name: [_height(value, one) for value, one in zip(values, ranges, strict=True)]
        for name, values in lines.items()
    }
    labels = spread([line[-1] for line in heights.values()])
    for style, (name, values) in enumerate(lines.items()):
        at = list(zip(places, heights[name], strict=True))
        parts.append(_line(style, name, at, [f"{name}: {decimal(value)}" for value in values], labels[style]))
    return Markup("".join(parts) + "</svg>")


def _height(value: float, between: tuple[float, float]) -> float:
    """Pixels from the top."""
    low, high = between
    return HEIGHT - BOTTOM - (value - low) / ((high - low) or 1) * (HEIGHT - TOP - BOTTOM)


def _axis(name: str, x: float, between: tuple[float, float]) -> str:
    ends = "".join(
        f'<text x="{x:.1f}" y="{at}" text-anchor="middle">{decimal(value)}</text>'
        for value, at in zip(between, (HEIGHT - BOTTOM + 16, TOP - 8), strict=True)
    )
    caption = f'<text class="caption" x="{x:.1f}" y="{HEIGHT - 4}" text-anchor="middle">{escape(name)}</text>'
    return f'<g class="grid"><path class="base" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>{caption}{ends}</g>'


def _line(style: int, name: str, at: Sequence[tuple[float, float]], tips: Sequence[str], label: float) -> str:
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in at)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2"><title>{escape(tip)}</title></circle>'
        for (x, y), tip in zip(at, tips, strict=True)
    )
    text = f'<text class="label" x="{at[-1][0] + 10:.1f}" y="{label + 4:.1f}">{escape(name)}</text>'
    return f'<g class="line l{style % 8}"><path class="stroke" d="M{path}"/>{dots}{text}</g>'


def spread(heights: Sequence[float], least: float = 15.0) -> list[float]:
    """Heights moved apart, so that no two labels are nearer than ``least`` pixels; their order stays.

    They end at the frame's foot at the latest.
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for above, i in itertools.pairwise(order):
        placed[i] = max(placed[i], placed[above] + least)
    lowest = HEIGHT - BOTTOM + least
    for i in reversed(order):
        placed[i] = min(placed[i], lowest - least)
        lowest = placed[i]
    return placed
