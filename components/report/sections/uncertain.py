"""Where the model is certain and where it is not, and which people it confuses."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from components.report.data import ReportData
from components.report.groups import Group
from components.report.sections.quality import reasons

EACH = 6  # faces at either end of a group
GROUPS = 12
LEAST = 24
CONFUSIONS = 12
MOST_COMPARED = 300  # faces of one person in one group: bounds memory
MOST_PEOPLE = 30  # of one group: the pairs that count are among those with the most faces


def by_confidence(data: ReportData, members: np.ndarray) -> np.ndarray:
    """Members from the most to the least certain; equally probable ones by their familiarity."""
    probability = np.nan_to_num(np.asarray(data.faces.probability, float)[members])
    familiar = np.zeros(len(members)) if data.familiarity is None else np.asarray(data.familiarity)[members]
    return members[np.lexsort((-familiar, -probability))]


def sure_and_unsure(data: ReportData, groups: list[Group]) -> list[dict[str, Any]]:
    """Both ends of the largest groups of at least four faces: up to six faces each, none in both."""
    rows: list[dict[str, Any]] = []
    for group in groups:
        if group.cluster < 0 or group.size < 4 or len(rows) == GROUPS:
            continue
        ordered = by_confidence(data, group.members)
        each = min(EACH, group.size // 2)
        rows.append({"group": group, "most": ordered[:each].tolist(), "least": ordered[-each:].tolist()})
    return rows


def least_sure(data: ReportData, groups: list[Group]) -> list[int]:
    """The faces of the whole run that the model is least certain of, the least certain first."""
    placed = [group.members for group in groups if group.cluster >= 0]
    if not placed or not np.isfinite(np.asarray(data.faces.probability, float)).any():
        return []
    least: list[int] = by_confidence(data, np.sort(np.concatenate(placed)))[::-1][:LEAST].tolist()
    return least


def confusions(data: ReportData, groups: list[Group]) -> list[dict[str, Any]]:
    """People who share a group, those with the most pairs of faces in it first, with their nearest pair.

    Each has ``group``, ``people``, ``counts`` of their faces in it, ``pairs`` (their product), ``faces`` and
    what can be ``seen`` in these.
    """
    found = []
    for group in groups:
        if group.cluster < 0:
            continue
        named = [face for face in group.members.tolist() if data.faces.labels[face] is not None]
        people: dict[str, list[int]] = {}
        for face in named:
            people.setdefault(str(data.faces.labels[face]), []).append(face)
        found += [
            (len(people[a]) * len(people[b]), group, (a, b), (people[a], people[b]))
            for a, b in combinations(
                sorted(sorted(people, key=lambda name: -len(people[name]))[:MOST_PEOPLE]), 2
            )
        ]
    found.sort(key=lambda entry: (-entry[0], entry[1].cluster, entry[2]))
    return [
        {
            "group": group,
            "people": names,
            "counts": [len(side) for side in sides],
            "pairs": pairs,
            "faces": (nearest := nearest_pair(data.points, *sides)),
            "seen": reasons(data, nearest),
        }
        for pairs, group, names, sides in found[:CONFUSIONS]
    ]


def nearest_pair(points: np.ndarray | None, first: list[int], second: list[int]) -> tuple[int, int]:
    """The two faces, one of each side, that are nearest for the clusterer; without points the first two.

    Of long lists only the first faces are compared, which are the most certain.
    """
    if points is None:
        return first[0], second[0]
    first, second = first[:MOST_COMPARED], second[:MOST_COMPARED]
    apart = ((points[first][:, None] - points[second][None]) ** 2).sum(axis=2)
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    return first[int(i)], second[int(j)]


def featured(rows: list[dict[str, Any]], least: list[int], confused: list[dict[str, Any]]) -> list[int]:
    """All faces that these parts show, each once."""
    faces = [face for entry in confused for face in entry["faces"]]
    faces += least + [face for row in rows for face in (*row["most"], *row["least"])]
    return list(dict.fromkeys(faces))
