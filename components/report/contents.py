"""Which sections a report has: those that have something to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TITLES = (  # id of the section, its title in the contents
    ("intake", "Came in"),
    ("aligned", "Faces"),
    ("training", "Training"),
    ("reconstructions", "Reconstructions"),
    ("latents", "Embedding"),
    ("choice", "Number"),
    ("space", "Space"),
    ("map", "Map"),
    ("groups", "Groups"),
    ("before-after", "Before and after"),
    ("means", "Means"),
    ("dispute", "In dispute"),
    ("unknown", "Unknown"),
    ("doubt", "Make-up"),
    ("evaluation", "Evaluation"),
    ("pairs", "Pairs"),
    ("occlusion", "Looks at"),
    ("two-sets", "Two sets"),
    ("verdict", "Verdict"),
    ("card-of-model", "Card"),
    ("files", "Files"),
    ("settings", "Settings"),
    ("credits", "Credits"),
)


def contents_of(page: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Id and title of each section, in the page's order, without those that have nothing to show.

    ``page`` is what the templates are given.
    """
    needed = {
        "aligned": page["aligned"]["faces"],
        "training": page["training"]["linear"],
        "reconstructions": page["pairs"],
        "latents": page["latents"],
        "choice": page["choice"],
        "space": page["space"],
        "map": page["mapped"],
        "groups": page["sheets"],
        "before-after": page["small"].planes,
        "means": page["small"].means,
        "dispute": page["small"].disputed,
        "unknown": page["unknown"],
        "doubt": page["bars"] or page["uncertain"].faces,
        "pairs": page["verification"]["pairs"] or page["verification"]["roc"],
        "occlusion": page["occlusion"],
        "two-sets": page["simulated"],
        "card-of-model": page["card"],
        "files": page["files"] or page["projected"],
        "credits": page["data"].credits,
    }
    return [(section, title) for section, title in TITLES if needed.get(section, True)]
