"""The two pictures of the whole: files folding into groups, and the map of the faces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from components.report.groups import Group, evenly

MOST_POINTS = 8000
MAP_SIDE = 640  # units of the map's own coordinates
MAP_EDGE = 28
FACE_ON_MAP = 46  # the same units
MOST_RIBBONS = 120
STATUSES = ("with_faces", "no_face", "duplicate", "rejected")


def fold(ingest: Mapping[str, Any], groups: Sequence[Group]) -> Markup:
    """Files as one bar above, groups as one bar below, and a ribbon from the files with faces to each group.

    It stretches to any width. Above is the share of each status among the files, below the share of each
    group among the faces. The smallest groups beyond 120 are one ribbon.
    """
    width, gap = 1000.0, 1.5
    counts = [float(ingest.get(status) or 0) for status in STATUSES]
    total = sum(counts) or 1.0
    out = ['<svg class="fold" viewBox="0 0 1000 120" preserveAspectRatio="none" aria-hidden="true">']
    edge = 0.0
    for status, count in zip(STATUSES, counts, strict=True):
        if count:
            span = width * count / total
            out.append(
                f'<rect class="is-{status}" x="{edge:.2f}" y="0" '
                f'width="{max(span - gap, 1):.2f}" height="10"/>'
            )
            edge += span
    above = width * (counts[0] / total if sum(counts) else 1.0) - gap
    sizes = [(group.style, group.size) for group in groups[:MOST_RIBBONS]]
    rest = sum(group.size for group in groups[MOST_RIBBONS:])
    if rest:
        sizes.append(("rest", rest))
    faces = sum(size for _, size in sizes) or 1
    done = 0
    for style, size in sizes:
        a, b = above * done / faces, above * (done + size) / faces
        c, d = width * done / faces, max(width * (done + size) / faces - gap, width * done / faces + 0.5)
        shape = f"M{a:.2f} 13C{a:.2f} 62 {c:.2f} 52 {c:.2f} 107H{d:.2f}C{d:.2f} 52 {b:.2f} 62 {b:.2f} 13Z"
        out.append(f'<g class="{style}"><path class="ribbon" d="{shape}"/>')
        out.append(f'<rect x="{c:.2f}" y="110" width="{d - c:.2f}" height="10"/></g>')
        done += size
    return Markup("".join(out) + "</svg>")


@dataclass(frozen=True)
class FaceMap:
    """The projected faces, ready to draw.

    Attributes:
        picture: the <svg>, with one path for each group.
        faces: int (m,), indices of the faces that are drawn.
        places: int (m, 2), their places, 0 to 640 from the left and the top.
        shown: rows of the two above that are drawn as small pictures where the reader asks for them.
        left_out: projected faces that are not drawn.
    """

    picture: Markup
    faces: np.ndarray
    places: np.ndarray
    shown: list[int]
    left_out: int


def face_map(projection: np.ndarray, index: np.ndarray, groups: Sequence[Group]) -> FaceMap | None:
    """The map of the projected faces, coloured by group; None for fewer than three points."""
    points, index = np.asarray(projection, float), np.asarray(index, int)
    finite = np.flatnonzero(np.isfinite(points).all(axis=1))
    drawn = evenly(finite, MOST_POINTS)
    if len(drawn) < 3:
        return None
    points, faces = points[drawn], index[drawn]
    low, high = points.min(axis=0), points.max(axis=0)
    span = float((high - low).max()) or 1.0
    scale = (MAP_SIDE - 2 * MAP_EDGE) / span
    offset = (MAP_SIDE - (high - low) * scale) / 2
    places = ((points - low) * scale + offset).round().astype(int)
    picture = _map_picture(places, faces, groups)
    return FaceMap(picture, faces, places, _apart(places), len(index) - len(drawn))


def _map_picture(places: np.ndarray, faces: np.ndarray, groups: Sequence[Group]) -> Markup:
    owner = {int(face): rank for rank, group in enumerate(groups) for face in group.members}
    ranks = np.array([owner[int(face)] for face in faces])
    dots, names = [], []
    for rank, group in enumerate(groups):
        mine = places[ranks == rank]
        if not len(mine):
            continue
        path = "".join(f"M{x} {y}h0" for x, y in mine)
        dots.append(f'<path class="dots {group.dots}" data-g="{rank}" d="{path}"/>')
        if group.cluster >= 0:
            centre = np.median(mine, axis=0)
            x, y = mine[np.argmin(((mine - centre) ** 2).sum(axis=1))]
            lift = 5 if len(mine) > 3 else -9  # a number must not hide a group of few dots
            names.append(f'<text data-g="{rank}" x="{x}" y="{y + lift}">{group.cluster}</text>')
    size = "small" if len(faces) > 1500 else "large"
    return Markup(
        f'<svg class="map {size}" viewBox="0 0 {MAP_SIDE} {MAP_SIDE}" aria-hidden="true">'
        f'<g class="points">{"".join(dots)}</g><g class="names">{"".join(names)}</g>'
        '<circle class="here" r="9" cx="-20" cy="-20"/></svg>'
    )


def _apart(places: np.ndarray) -> list[int]:
    """Rows whose places are at least one small picture apart, in the given order."""
    kept: list[int] = []
    for row, place in enumerate(places):
        if not kept or np.abs(places[kept] - place).max(axis=1).min() >= FACE_ON_MAP:
            kept.append(row)
    return kept
