"""The sections of small pictures alone: maps before and after, the groups' means, pictures in dispute."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from markupsafe import Markup
from scipy.optimize import linear_sum_assignment

from components.evaluate.pictures.small_pictures import decoded
from components.report.charts.colours import TEN, cluster_colours, is_square
from components.report.charts.dot_map import dot_map
from components.report.charts.scatter import Cloud
from components.report.data import ReportData
from components.report.groups import OUTSIDE, Group
from components.words.text import counted, decimal, duration, shortened, whole

DISPUTED = 40  # pictures that are shown
MOST_MEANS = 120  # groups whose mean is shown
MOST_KEYS = 240  # groups whose colour is explained
MOST_LABELS = 40  # that have a colour of their own; all others are grey
METHODS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "their first two principal axes"}


@dataclass(frozen=True)
class LabelStyle:
    """How the dots of a label look: its name, the CSS classes, and the number of pictures."""

    name: str
    dots: str
    count: int


@dataclass(frozen=True)
class SmallPictures:
    """What the template shows; all of it is empty in a run of other pictures.

    ``planes`` are rows of two figures each, ``groups`` by their numbers, ``colours`` pairs of CSS class and
    colours that no group has.
    """

    planes: list[dict[str, Any]] = field(default_factory=list)
    about: str = ""
    labels: list[LabelStyle] = field(default_factory=list)
    colours: list[tuple[str, tuple[str, str]]] = field(default_factory=list)
    means: list[dict[str, Any]] = field(default_factory=list)
    without_mean: int = 0
    groups: list[Group] = field(default_factory=list)
    disputed: list[dict[str, Any]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    served: str = ""


def small_pictures(data: ReportData, groups: Sequence[Group]) -> SmallPictures:
    """The data of the sections, empty without ``data.small``."""
    facts = data.evidence.get("small_pictures")
    if not facts or not data.small:
        return SmallPictures()
    labels, colours = label_styles(data, groups)
    rows = np.asarray(data.small["map_rows"], int)
    of_groups = [
        (np.intersect1d(group.members, rows), group.dots, group.name, _number(group)) for group in groups
    ]
    planes = [{"title": "By group", "figures": pair(data, of_groups, "group")}]
    if labels:
        planes.append({"title": "By label", "figures": pair(data, by_label(data, labels), "label")})
    return SmallPictures(
        planes=planes,
        about=about_maps(facts["map"], len(data.faces)),
        labels=labels,
        colours=colours,
        means=means(data, groups),
        without_mean=max(0, len(data.small["mean_groups"]) - MOST_MEANS),
        groups=sorted(groups, key=lambda group: (group.cluster < 0, group.cluster))[:MOST_KEYS],
        disputed=disputed(data),
        sentences=dispute_words(facts["consensus"]) if facts["consensus"] else [],
        served=served_words(facts["served"], bool(facts["consensus"])),
    )


def about_maps(about: dict[str, Any], n: int) -> str:
    """What is on the maps, how they were made, and how long that took."""
    before, after = (counted(dimension, "number") for dimension in about["dimensions"])
    which = f"All {whole(n)}" if about["n"] == n else f"{whole(about['n'])} of {whole(n)}"
    return (
        f"{which} pictures twice: before, by their pixels ({before} each), and after, by what the clusterer "
        f"compares of the embedding ({after} each). Near dots are alike; distances between far clouds mean "
        f"nothing. Both maps were made by {METHODS[about['method']]} from at most 50 principal axes, in "
        f"{duration(sum(about['seconds']))} together."
    )


def pair(
    data: ReportData, parts: Sequence[tuple[np.ndarray, str, str, str]], what: str
) -> list[tuple[str, Markup]]:
    """Both maps with a cloud for each of (pictures, CSS classes, name, what is written there)."""
    place = {int(row): at for at, row in enumerate(data.small["map_rows"])}
    figures = []
    for name, title in (("map_before", "Before: the pixels"), ("map_after", "After: the embedding")):
        points = np.asarray(data.small[name], float)
        clouds = [
            (Cloud(points[[place[int(row)] for row in rows]], style, tip), text)
            for rows, style, tip, text in parts
        ]
        figures.append((title, dot_map(clouds, f"{title}, coloured by {what}")))
    return figures


def _number(group: Group) -> str:
    return str(group.cluster) if group.cluster >= 0 else ""


def label_styles(
    data: ReportData, groups: Sequence[Group]
) -> tuple[list[LabelStyle], list[tuple[str, tuple[str, str]]]]:
    """A style for each label, by name, and the colours that no group has; both empty without labels.

    Labels take the colours of groups one to one, so that as many pictures as possible keep theirs. The rarest
    beyond MOST_LABELS are grey.
    """
    counts = Counter(str(label) for label in data.faces.labels if label is not None)
    names = sorted(name for name, _ in counts.most_common(MOST_LABELS))
    placed = [group for group in groups if group.cluster >= 0]
    shared = np.array([[dict(group.people).get(name, 0) for group in placed] for name in names])
    taken = {}
    if shared.size:
        taken = dict(zip(*(side.tolist() for side in linear_sum_assignment(-shared)), strict=True))
    further = cluster_colours(len(groups) + len(names), TEN)[len(groups) :]
    styles: list[LabelStyle] = []
    colours: list[tuple[str, tuple[str, str]]] = []
    for at, name in enumerate(names):
        if at in taken:
            dots = placed[taken[at]].dots
        else:
            colours.append((f"label{at}", further[len(colours)]))
            dots = f"label{at}" + (" square" if is_square(len(groups) + len(colours) - 1) else "")
        styles.append(LabelStyle(name, dots, counts[name]))
    rest = sum(counts.values()) - sum(style.count for style in styles)
    if rest:
        colours.append(("labels-left", OUTSIDE))
        styles.append(LabelStyle("", "labels-left", rest))
    return styles, colours


def by_label(data: ReportData, styles: Sequence[LabelStyle]) -> list[tuple[np.ndarray, str, str, str]]:
    """The pictures of each label on the maps, its CSS classes, and its name in full and in short."""
    rows = np.asarray(data.small["map_rows"], int)
    of = np.array(["" if data.faces.labels[row] is None else str(data.faces.labels[row]) for row in rows])
    known = {style.name for style in styles if style.name}
    labelled = np.array([data.faces.labels[row] is not None for row in rows])
    others = labelled & ~np.isin(of, sorted(known))
    return [
        (
            rows[of == style.name] if style.name else rows[others],
            style.dots,
            shortened(style.name or "all other labels", 60),
            shortened(style.name, 12),
        )
        for style in styles
    ]


def means(data: ReportData, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """The mean picture of each group, the largest first, with its commonest label and the share of that."""
    pictures = dict(zip(data.small["mean_groups"].tolist(), data.small["mean_pictures"], strict=True))
    return [
        {"group": group, "uri": png_uri(pictures[group.cluster]), "label": commonest(group)}
        for group in groups[:MOST_MEANS]
        if group.cluster in pictures
    ]


def commonest(group: Group) -> tuple[str, float] | None:
    """The commonest label of a group and its share of the group's labelled pictures; None without labels."""
    if not group.people:
        return None
    label, count = group.people[0]
    return label, count / sum(number for _, number in group.people)


def disputed(data: ReportData) -> list[dict[str, Any]]:
    """The pictures of highest weight, the highest first; none without a consensus."""
    if "dispute" not in data.small:
        return []
    weights = np.asarray(data.small["dispute"], float)
    fitted = np.flatnonzero(np.isfinite(weights))
    order = fitted[np.argsort(-weights[fitted], kind="stable")][:DISPUTED]
    return [
        {
            "face": face,
            "uri": png_uri(decoded(data.faces.chips[face])),
            "weight": decimal(weights[face], 3),
            "votes": f"{100 * float(data.small['accord'][face]):.0f}%",
            "cluster": int(data.faces.cluster[face]),
            "label": data.faces.labels[face],
        }
        for face in order.tolist()
    ]


def dispute_words(facts: dict[str, Any]) -> list[str]:
    """How far the groupings agree, and how the weights are spread, in sentences."""
    lowest, quarter, _, three_quarters, highest = (decimal(weight, 3) for weight in facts["weights"])
    return [
        f"{counted(facts['groupings'], 'grouping')} voted. On {share(facts['unanimous'], facts['pictures'])} "
        "they all agree.",
        f"The weights run from {lowest} to {highest}, and the middle half of them from {quarter} to "
        f"{three_quarters}.",
    ]


def served_words(facts: dict[str, int], consensus: bool) -> str:
    """On how many fitted pictures the served rule agrees with the grouping that it was made from."""
    fitted, elsewhere = facts["fitted"], facts["elsewhere"]
    where = f"where the {'consensus' if consensus else 'clusterer'} put them"
    if not elsewhere:
        return f"The rule for new pictures puts all {counted(fitted, 'fitted picture')} {where}."
    same = share(fitted - elsewhere, fitted)
    return f"The rule for new pictures puts {same} {where}, and {whole(elsewhere)} elsewhere."


def share(part: int, total: int) -> str:
    """'488 of 500 fitted pictures (97.6%)'; rounded down, so that 100% are all."""
    per_mille = 1000 * part // max(total, 1)
    return f"{whole(part)} of {counted(total, 'fitted picture')} ({per_mille / 10:.1f}%)"


def png_uri(picture: np.ndarray) -> str:
    """A picture, uint8 (h, w, 1 or 3), RGB, as a PNG data URI with each pixel as it is."""
    encoded = cv2.imencode(".png", np.ascontiguousarray(picture[:, :, ::-1]))[1].tobytes()
    return "data:image/png;base64," + base64.b64encode(encoded).decode("ascii")
