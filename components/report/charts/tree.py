"""The order in which the groups would merge: Ward's tree of their means, as a picture beside a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from scipy.cluster.hierarchy import dendrogram, linkage

from components.report.data import ReportData
from components.report.groups import Group
from components.words.text import decimal

MOST_LEAVES = 60
ROW = 10  # units of height for each leaf


@dataclass(frozen=True)
class Tree:
    """Ward's tree of some groups.

    Attributes:
        leaves: (group, face nearest to its mean), from top to bottom.
        picture: the branches; its height is one row for each leaf, its width stretches.
        merges: float (leaves - 1, 4), SciPy's linkage over the groups in ``order``.
        order: the groups that are merged, the largest first.
        left_out: smaller groups that are not in it.
    """

    leaves: list[tuple[Group, int]]
    picture: Markup
    merges: np.ndarray
    order: list[Group]
    left_out: int

    @property
    def highest(self) -> str:
        """The distance of the last merge, in words."""
        return decimal(self.merges[-1, 2], 2)


def merge_tree(data: ReportData, groups: list[Group]) -> Tree | None:
    """The tree of the largest groups, at most 60; None without points or with fewer than 3 groups."""
    all_groups = [group for group in groups if group.cluster >= 0]
    order = all_groups[:MOST_LEAVES]
    if data.points is None or len(order) < 3:
        return None
    means = np.stack([data.points[group.members].mean(axis=0) for group in order])
    merges = linkage(means.astype(float), "ward")
    found = dendrogram(merges, no_plot=True)
    leaves = [(order[i], medoid(data.points, order[i].members)) for i in found["leaves"]]
    return Tree(leaves, _branches(found, len(order)), merges, order, len(all_groups) - len(order))


def medoid(points: np.ndarray, members: np.ndarray) -> int:
    """The face among members whose point is nearest to their mean."""
    mine = points[members]
    return int(members[((mine - mine.mean(axis=0)) ** 2).sum(axis=1).argmin()])


def _branches(found: Mapping[str, Any], leaves: int) -> Markup:
    """A path for each merge. SciPy's leaves are at 5, 15, 25 …, the middles of rows of ten."""
    height = max(max(depths) for depths in found["dcoord"]) or 1.0
    paths = []
    for across, depths in zip(found["icoord"], found["dcoord"], strict=True):
        x = [100 * depth / height for depth in depths]
        paths.append(f"M{x[0]:.2f} {across[0]:.1f}H{x[1]:.2f}V{across[2]:.1f}H{x[3]:.2f}")
    return Markup(
        f'<svg class="branches" viewBox="0 0 101 {ROW * leaves}" preserveAspectRatio="none" '
        'aria-hidden="true">'
        f'<path d="{"".join(paths)}"/></svg>'
    )
