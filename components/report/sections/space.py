"""The section on the clusterer's own space: its first two axes, and the mixture in it."""

from typing import Any

import numpy as np

from components.report.charts.criteria_charts import space_name
from components.report.charts.scatter import Cloud, Component, Plane, components_of, plane_of, scatter
from components.report.data import ReportData
from components.report.groups import Group, evenly
from components.words.text import counted

MOST_POINTS = 8000
MOST_ELLIPSES = 8  # those of the largest groups, in the colours that differ for everyone


def space(data: ReportData, groups: list[Group]) -> dict[str, Any] | None:
    """The scatter of all faces with ellipses; None if the run has no points with two axes.

    A recogniser's own numbers (``uncentred``) are in no order, and its first two say nothing.
    """
    points = data.points
    if points is None or len(points) < 3 or points.shape[1] < 2:
        return None
    if data.settings.get("reduction") == "uncentred":
        return None
    drawn = evenly(np.arange(len(points)), MOST_POINTS)
    plane = plane_of(points[drawn, :2])
    clouds = [
        Cloud(points[np.intersect1d(group.members, drawn), :2], group.dots, group.name) for group in groups
    ]
    components = components_drawn(data, groups)
    name = space_name((data.selection or {}).get("space"))
    title = f"First two axes of {name}: {counted(len(drawn), 'point')}"
    return {
        "picture": scatter(clouds, components, plane, ("axis 1", "axis 2"), title),
        "name": name,
        "dimension": points.shape[1],
        "mixture": len(components),
        "minor": sum(component.minor for component in components),
        "outside": _outside(plane, points[drawn, :2]),
        "left_out": len(points) - len(drawn),
    }


def components_drawn(data: ReportData, groups: list[Group]) -> list[Component]:
    """The mixture's components in their clusters' colours, the largest first; none without a mixture."""
    if data.mixture is None:
        return []
    means, covariances = components_of(data.mixture)
    return [
        Component(
            means[group.cluster], covariances[group.cluster], float(data.mixture.weights[group.cluster]),
            group.style, str(group.cluster), minor=rank >= MOST_ELLIPSES,
        )
        for rank, group in enumerate(groups)
        if 0 <= group.cluster < len(means)
    ]  # fmt: skip


def _outside(plane: Plane, points: np.ndarray) -> int:
    places = plane.places(points)
    return int(((places < 0) | (places > 640)).any(axis=1).sum())
