"""A whole study of occlusion: what a model answers under every condition, and what follows from that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from components.evaluate.figures.intervals import LEVEL
from components.occlude.conditions import Condition, Faces, Occluder, check_fills, conditions
from components.occlude.effects import IN_NO_GROUP, Answers, Ask, OfFaces, OfPairs
from components.occlude.families import CONTOURS, HULL, MASKS, STRIPS, Window
from components.occlude.intervals import REPLICATES, Effect
from components.occlude.operator import FILLS
from components.occlude.pairs import PairsOf
from components.occlude.qlist import qlist
from components.occlude.trends import trends
from components.occlude.window import reads

ALL = tuple(MASKS)
REGIONS = (*STRIPS, *CONTOURS, *HULL)  # what a study of pairs hides
ASKED = 4  # faces by which the window is found
DRAWS = 3  # random masks for each mask of the q-list


@dataclass(frozen=True)
class Plan:
    """What is hidden (``masks``, keys of ``MASKS``), what fills it, how many random masks, and the seed."""

    masks: Sequence[str] = ALL
    fills: Sequence[str] = tuple(FILLS)
    draws: int = DRAWS
    seed: int = 0

    def __post_init__(self) -> None:
        check_fills(self.fills)
        if self.draws < 0:
            raise ValueError(f"draws={self.draws} is not possible. Expected 0 or more random masks.")

    def conditions(self) -> list[Condition]:
        """All conditions, in the order of the study."""
        return conditions(self.masks, self.fills, self.draws)


@dataclass
class Study:
    """What was found: ``effects`` of each condition on each score, and what was measured beside it."""

    window: Window
    plan: Plan
    effects: dict[Condition, dict[str, Effect]] = field(default_factory=dict)
    unknown: dict[Condition, float] = field(default_factory=dict)
    area: dict[Condition, float] = field(default_factory=dict)
    whole: dict[str, Any] = field(default_factory=dict)

    @property
    def scores(self) -> list[str]:
        """The scores that there are, in the order in which they came."""
        return list(dict.fromkeys(score for found in self.effects.values() for score in found))


Told = Callable[[int, int], Any]


def study_faces(
    faces: Faces, ask: Ask, plan: Plan, window: Window | None = None, report: Told | None = None
) -> Study:
    """The scores without labels of every condition of the plan.

    Args:
        faces: at least two.
        ask: the model.
        plan: what is hidden.
        window: what the model reads; None asks it.
        report: called as ``report(done, total)`` after each condition.

    Raises:
        ValueError: fewer than two faces, or a model that reads nothing of them.
    """
    whole = _whole(faces, ask)
    study = Study(window or reads(ask, faces.chips[:ASKED]), plan)
    scores = OfFaces(whole, faces.people, plan.seed)
    if whole.cluster is not None:
        study.whole["unknown"] = float((whole.cluster == IN_NO_GROUP).mean())
        study.whole["groups"] = len(set(whole.cluster.tolist()) - {IN_NO_GROUP})

    def judge(condition: Condition, answers: Answers) -> None:
        study.effects[condition] = scores.effects(answers)
        if answers.cluster is not None:
            study.unknown[condition] = float((answers.cluster == IN_NO_GROUP).mean())

    _through(faces, ask, study, judge, report)
    return study


def study_pairs(
    faces: Faces,
    pairs: PairsOf,
    ask: Ask,
    plan: Plan,
    window: Window | None = None,
    report: Told | None = None,
) -> Study:
    """The falls of AUC and accuracy of pairs under every condition; arguments as for ``study_faces``.

    Raises ValueError also where there are not pairs of both sorts.
    """
    if pairs.told.one_sort:
        raise ValueError(
            "The pairs can't be judged. Expected some of one person and some of two; received "
            f"{int(pairs.told.same.sum())} and {int((~pairs.told.same).sum())} with both faces."
        )
    whole = _whole(faces, ask)
    study = Study(window or reads(ask, faces.chips[:ASKED]), plan)
    scores = OfPairs(whole.embedding, pairs.rows, pairs.told, plan.seed)
    study.whole |= {name: effect.told() for name, effect in scores.whole.items()}
    study.whole |= {"pairs": len(pairs.rows), "drawn": scores.drawn}

    def judge(condition: Condition, answers: Answers) -> None:
        study.effects[condition] = scores.effects(answers)

    _through(faces, ask, study, judge, report)
    return study


def _whole(faces: Faces, ask: Ask) -> Answers:
    if len(faces) < 2:
        raise ValueError(f"Too few faces to hide parts of. Expected at least 2; received {len(faces)}.")
    return ask(faces.chips)


def _through(
    faces: Faces,
    ask: Ask,
    study: Study,
    judge: Callable[[Condition, Answers], None],
    report: Told | None,
) -> None:
    """Asks the model under each condition; one condition's chips are in memory at a time."""
    todo, occluder = study.plan.conditions(), Occluder(faces, study.window)
    for done, condition in enumerate(todo, 1):
        chips, study.area[condition] = occluder.under(condition)
        judge(condition, ask(chips))
        if report is not None:
            report(done, len(todo))


def facts_of(study: Study) -> dict[str, Any]:
    """The study as plain values for JSON.

    Returns ``window``, ``fills``, ``draws``, ``level``, ``replicates``, ``whole``; ``rows``, one for each
    condition, with ``mask``, ``family``, ``fill``, ``draw``, ``hidden`` (share of the window), the effect on
    each score as {"value", "low", "high"}, and ``unknown`` where groups are known; ``qlists``, of strips and
    of contours under each score; ``trends`` under each score, where all 64 masks were studied; and ``hull``.
    """
    scores, plan = study.scores, study.plan
    lists = [
        {"kind": kind, **qlist(score, masks, study.effects, plan.fills, plan.draws)}
        for score in scores
        for kind, masks in (("strips", STRIPS), ("contours", CONTOURS))
        if set(masks) <= set(plan.masks)
    ]
    return {
        "window": [study.window.left, study.window.top, study.window.right, study.window.bottom],
        "fills": list(plan.fills),
        "draws": plan.draws,
        "level": LEVEL,
        "replicates": REPLICATES,
        "whole": study.whole,
        "rows": [_row(condition, study) for condition in study.effects],
        "qlists": lists,
        "trends": _trends(study),
        "hull": {score: _hull(score, study) for score in scores if set(HULL) <= set(plan.masks)},
    }


def _row(condition: Condition, study: Study) -> dict[str, Any]:
    return {
        "mask": condition.mask,
        "family": MASKS[condition.mask].family,
        "fill": condition.fill,
        "draw": condition.draw,
        "hidden": study.area[condition],
        **{score: effect.told() for score, effect in study.effects[condition].items()},
        "unknown": study.unknown.get(condition),
    }


def _trends(study: Study) -> dict[str, list[dict[str, Any]]]:
    if set(study.plan.masks) != set(ALL):
        return {}
    return {
        score: [
            {"name": t.name, "words": t.words, "paper": t.paper, **t.effect.told()}
            for t in trends(study.effects, score)
        ]
        for score in study.scores
    }


def _hull(score: str, study: Study) -> dict[str, Any]:
    """The effect of hiding the face's surroundings, of hiding the face, and their difference, by fill."""
    told: dict[str, Any] = {}
    for fill in study.plan.fills:
        without, only = (study.effects[Condition(name, fill)][score] for name in ("outside", "inside"))
        told[fill] = {
            "face hidden": without.told(),
            "surroundings hidden": only.told(),
            "difference": without.minus(only).told(),
        }
    told["status"] = _by_face(score, study)
    return told


def _by_face(score: str, study: Study) -> str:
    """``face`` or ``surroundings``: which the model needs more, in every fill; else ``unsettled``."""
    signs = set()
    for fill in study.plan.fills:
        without, only = (study.effects[Condition(name, fill)][score] for name in ("outside", "inside"))
        signs.add(without.minus(only).sure)
    return {1: "face", -1: "surroundings"}.get(signs.pop(), "unsettled") if len(signs) == 1 else "unsettled"
