"""A map of pictures: a dot for each, in the colour of what it belongs to, and the names in their places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup, escape

from components.report.charts.scatter import EDGE, SIDE, Cloud, dots_of, plane_of

LINE = 22  # units between two names, one above the other, on a narrow page, where letters are largest
LETTER = 14  # units that a letter of a name takes there at most
MANY = 1500  # dots: of more each is smaller


def dot_map(clouds: Sequence[tuple[Cloud, str]], title: str) -> Markup:
    """The <svg> of clouds of points (n, 2), at least one point in all, each with a name at its middle.

    The name stands at the point nearest to the cloud's median, or beneath another name that is there. An
    empty name is not written.
    """
    drawn = [(cloud, name) for cloud, name in clouds if len(cloud.points)]
    points = np.concatenate([cloud.points for cloud, _ in drawn])
    plane = plane_of(points)
    dots = "".join(dots_of(cloud, plane) for cloud, _ in drawn)
    named = [(name, plane.places(_middle(cloud.points))[0]) for cloud, name in drawn if name]
    texts = "".join(
        f'<text x="{x:.0f}" y="{y:.0f}">{escape(name)}</text>'
        for (name, _), (x, y) in zip(named, apart(named), strict=True)
    )
    size = "small" if len(points) > MANY else "large"
    told = f'role="img" aria-label="{escape(title)}"'
    return Markup(
        f'<svg class="chart plane dotmap" viewBox="0 0 {SIDE} {SIDE}" {told}>'
        f'<g class="cloud {size}">{dots}</g><g class="names">{texts}</g></svg>'
    )


def _middle(points: np.ndarray) -> np.ndarray:
    """The point (1, 2) that is nearest to the median of points (n, 2)."""
    away = ((points - np.median(points, axis=0)) ** 2).sum(axis=1)
    return points[[int(np.argmin(away))]]


def apart(named: Sequence[tuple[str, np.ndarray]]) -> list[tuple[float, float]]:
    """Places for names that each have one (2,): none lies on another, and all are in the picture.

    A name that would lie on an earlier one goes down line by line, and from the bottom on up.
    """
    taken: list[tuple[float, float, float]] = []
    for name, (left, top) in named:
        half = LETTER * len(name) / 2
        x = float(np.clip(left, half, SIDE - half))
        y = float(np.clip(top + LINE / 3, LINE, SIDE - EDGE / 2))
        steps = [y + LINE * step for step in range(int((SIDE - EDGE / 2 - y) / LINE) + 1)]
        steps += [y - LINE * step for step in range(1, int((y - LINE) / LINE) + 1)]
        free = [at for at in steps if not any(_meet(x, at, half, one) for one in taken)]
        taken.append((x, free[0] if free else y, half))
    return [(x, y) for x, y, _ in taken]


def _meet(x: float, y: float, half: float, other: tuple[float, float, float]) -> bool:
    return abs(y - other[1]) < LINE and abs(x - other[0]) < half + other[2]
