"""How many faces changed their group since the latest blessed model: a few new photos should move few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from components.assemble.model_card import DESCRIPTIONS
from components.assemble.settings import ServingSettings
from components.bless.intake import Ruling
from components.bless.rules import REGROUPED, Limits
from components.evaluate.figures.agreement import best_map_share, cells_of
from components.evaluate.judging.settings import JudgingSettings
from components.face_groups import FaceGroups
from components.words.text import counted, listed

FEWEST = 20  # faces that had a group: fewer say nothing
# What moves no face to another group: what is judged, served and blessed, and which photos there are.
ASIDE = {*Limits.model_fields, *JudgingSettings.model_fields, *ServingSettings.model_fields}
ASIDE |= {*DESCRIPTIONS, "source", "images", "max_photos", "leave_out", "labels"} - {"name"}


def regrouped(before: FaceGroups, now: FaceGroups) -> dict[str, Any]:
    """Counts of faces by what became of their group; groups are matched by the faces that they share.

    Each old group is matched with at most one new one, so that as many faces as possible stay. Returns
    ``faces``, those of both runs; ``grouped``, those of them that had a group; ``changed``, those of these
    that are not in its match now: in another group, or, as ``left`` of them, in none. ``found`` are faces of
    both that had no group and have one, ``new`` and ``gone`` those of one run only.
    """
    _, old, new = np.intersect1d(before.face, now.face, assume_unique=True, return_indices=True)
    was, is_ = before.cluster[old], now.cluster[new]
    had, has = was >= 0, is_ >= 0
    both = had & has
    stayed = 0
    if both.any():
        cells = cells_of([str(group) for group in was[both]], is_[both])
        stayed = round(float(best_map_share(cells, np.ones((1, len(cells.faces_of))))[0]) * int(both.sum()))
    return {
        "faces": len(was),
        "grouped": int(had.sum()),
        "changed": int(had.sum()) - stayed,
        "left": int((had & ~has).sum()),
        "found": int((has & ~had).sum()),
        "new": len(now.face) - len(was),
        "gone": len(before.face) - len(was),
    }


def since(before: FaceGroups | None, now: FaceGroups | None) -> dict[str, Any] | None:
    """``regrouped``, and ``other_settings``: those that decide the groups and differ between the two runs.

    None without the groups of the model blessed last.
    """
    if before is None or now is None:
        return None
    known = (set(before.recipe) | set(now.recipe)) - ASIDE
    other = sorted(name for name in known if before.recipe.get(name) != now.recipe.get(name))
    return {**regrouped(before, now), "other_settings": other}


def regrouped_ruling(earlier: Mapping[str, Any] | None, limit: float) -> Ruling:
    """Whether at most ``limit`` (a share, 0 to 1) of the faces that had a group changed it.

    ``earlier`` has ``regrouped``, what ``since`` returns. Where settings differ, where fewer than ``FEWEST``
    faces had a group, or where the groups of the earlier model are not known, nothing is judged.
    """
    if earlier is None:
        return Ruling(REGROUPED)
    told = earlier.get(REGROUPED)
    if told is None:
        return Ruling(REGROUPED, words="Not compared: the groups of the model blessed last are not kept.")
    words = since_words(told)
    share = told["changed"] / told["grouped"] if told["grouped"] else 0.0
    if told["other_settings"]:
        other = ", ".join(told["other_settings"])
        return Ruling(REGROUPED, share, words=f"{words} It had other settings ({other}): not judged.")
    if told["grouped"] < FEWEST:
        return Ruling(REGROUPED, share, words=f"{words} Fewer than {FEWEST} had one: not judged.")
    if share <= limit:
        return Ruling(REGROUPED, share, True, f"Met: {words} Allowed are {limit:.0%}.")
    return Ruling(
        REGROUPED,
        share,
        False,
        f"Refused: {words} Allowed are {limit:.0%}. Look at the groups in the report: if they are right, "
        "accept them by --set max_regrouped=1.",
    )


def since_words(told: Mapping[str, Any]) -> str:
    """What became of the faces since the model blessed last, in a sentence or two."""
    grouped, changed, left = (told[name] for name in ("grouped", "changed", "left"))
    share = f" ({changed / grouped:.1%})" if grouped else ""
    in_none = f", {left} of them for none" if left else ""
    beside = [
        f"{counted(told[name], noun, plural)} {rest}"
        for name, noun, plural, rest in (
            ("found", "face without a group", "faces without a group", "found one"),
            ("new", "face is", "faces are", "new"),
            ("gone", "face is", "faces are", "gone"),
        )
        if told[name]
    ]
    said = (
        f"{changed} of {counted(grouped, 'face')} that had a group in the model blessed last changed "
        f"it{share}{in_none}."
    )
    return f"{said} {listed(beside)}." if beside else said
