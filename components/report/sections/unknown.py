"""The faces in no group: whom they may be, and those that are like nobody here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from components.report.data import ReportData
from components.report.groups import Group
from components.words.text import decimal

MOST = 24  # faces with the people that they may be
LEAST = 24  # faces that are least like anybody
PLACES = 3  # decimals of a likeness


@dataclass(frozen=True)
class Unknown:
    """What the section shows: ``rows``, a face each, and ``strangers``; ``total`` faces are in no group."""

    rows: list[dict[str, Any]]
    strangers: list[int]
    total: int
    needed: str

    @property
    def faces(self) -> list[int]:
        """All faces that are shown, each once."""
        shown = [face for row in self.rows for face in (row["face"], *(one["face"] for one in row["people"]))]
        return list(dict.fromkeys([*shown, *self.strangers]))


def unknown_faces(data: ReportData, groups: list[Group]) -> Unknown | None:
    """The faces that are most like somebody and least like anybody; None if no face is in no group."""
    nearest = data.nearest
    if nearest is None:
        return None
    of_cluster = {group.cluster: group for group in groups}
    rows = [
        {
            "face": int(face),
            "people": [
                {
                    "group": (group := of_cluster[int(cluster)]),
                    "face": int(group.members[0]),
                    "likeness": decimal(alike, PLACES),
                    "name": group.people[0][0] if group.people else "",
                }
                for cluster, alike in zip(people, likeness, strict=True)
            ],
        }
        for face, people, likeness in zip(
            nearest.faces[:MOST], nearest.people[:MOST], nearest.likeness[:MOST], strict=True
        )
    ]
    rest = nearest.faces[MOST:]
    return Unknown(rows, rest[::-1][:LEAST].tolist(), len(nearest.faces), decimal(nearest.needed, PLACES))
