"""The faces of a run by cluster: order, size, tightness, and which faces get a thumbnail."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from components.report.charts.colours import FIRST, TEN, cluster_colours, is_square
from components.report.data import ReportData
from components.words.text import is_number
from schemas.samples import evenly_spread

OUTSIDE = ("#7c8593", "#808a98")  # grey: faces in no group


@dataclass(frozen=True)
class Group:
    """One cluster as the page shows it.

    Attributes:
        cluster: the number that the model gives; negative for faces that were left out.
        members: int (size,), indices of faces, known before unknown, the most probable first.
        colour: #rrggbb on a light page and on a dark page.
        style: the CSS class that sets this colour.
        square: its dots are square, which distinguishes it from groups of a similar colour.
        probability: mean posterior of its faces, NaN if there is none.
        unknown: how many of its faces the model calls unknown.
        tightness: mean distance to the centre, or None.
        people: labels with their counts, the most frequent first; empty without labels.
    """

    cluster: int
    members: np.ndarray
    colour: tuple[str, str]
    style: str
    square: bool
    probability: float
    unknown: int
    tightness: float | None
    people: list[tuple[str, int]]

    @property
    def size(self) -> int:
        """Number of faces."""
        return len(self.members)

    @property
    def dots(self) -> str:
        """The CSS classes of its dots."""
        return f"{self.style} square" if self.square else self.style

    @property
    def name(self) -> str:
        """'Group 7', or the name of the faces without a cluster."""
        return f"Group {self.cluster}" if self.cluster >= 0 else "In no group"


def build_groups(data: ReportData) -> list[Group]:
    """The clusters of the report, the largest first. Faces that the clusterer left out come last."""
    clusters = np.asarray(data.faces.cluster)
    values, counts = np.unique(clusters, return_counts=True)
    order = sorted(zip(values.tolist(), counts.tolist(), strict=True), key=lambda v: (v[0] < 0, -v[1], v[0]))
    first = TEN if data.small else FIRST
    colours = [
        (OUTSIDE if cluster < 0 else colour)
        for (cluster, _), colour in zip(order, cluster_colours(len(order), first), strict=True)
    ]
    return [_group(data, cluster, rank, colours[rank]) for rank, (cluster, _) in enumerate(order)]


def sample_for_thumbnails(groups: list[Group], first: np.ndarray, room: int) -> np.ndarray:
    """At most `room` indices of faces: `first`, then a fair share of each group, spread over its order.

    A group gets at least its eight most probable faces, as long as there is room for them.
    """
    chosen = dict.fromkeys(first[:room].tolist())
    total = sum(group.size for group in groups)
    if room >= total:
        return np.sort(np.concatenate([group.members for group in groups])) if groups else np.zeros(0, int)
    for group in groups:
        chosen.update(dict.fromkeys(group.members[:8].tolist()))
    left = room - len(chosen)
    for group in groups:
        share = int(left * group.size / total)
        chosen.update(dict.fromkeys(evenly(group.members, share).tolist()))
    return np.sort(np.array(list(chosen)[:room], int))


def evenly(items: np.ndarray, count: int) -> np.ndarray:
    """At most `count` of the items, evenly spread over their order."""
    if count >= len(items):
        return items
    chosen: np.ndarray = items[evenly_spread(len(items), max(count, 0), nearest=True)]
    return chosen


def _group(data: ReportData, cluster: int, rank: int, colour: tuple[str, str]) -> Group:
    faces = data.faces
    tightness = data.tightness.get(cluster)
    members = np.flatnonzero(np.asarray(faces.cluster) == cluster)
    probability = np.asarray(faces.probability, float)[members]
    unknown = np.asarray(faces.unknown, bool)[members]
    people = Counter(faces.labels[i] for i in members.tolist() if faces.labels[i] is not None)
    return Group(
        cluster=cluster,
        members=members[np.lexsort((-np.nan_to_num(probability), unknown))],
        colour=colour,
        style=f"g{rank}",
        square=is_square(rank),
        probability=float(np.nanmean(probability)) if np.isfinite(probability).any() else float("nan"),
        unknown=int(unknown.sum()),
        tightness=tightness if is_number(tightness) else None,
        people=[(str(label), count) for label, count in people.most_common()],
    )
