"""The verdict on an evaluation under a recipe. It imports no TFX."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from components.bless.blessing import Verdict, decide, is_number
from components.bless.drift import DRIFT, drift_finding, drift_of
from components.bless.intake import FEWER_FACES, UNREADABLE, Ruling, fewer_faces, unreadable
from components.bless.label_figures import COMPARED_LABEL_METRICS, judged_faces, label_figures
from components.bless.regrouped import regrouped_ruling
from components.bless.rules import (
    BASELINE,
    HELD_OUT,
    LIMITS,
    REGROUPED,
    RULES,
    SERVABLE,
    TOLD,
    WORDS,
    Limits,
)
from components.evaluate.figures.health import unknown_share
from components.evaluate.figures.metrics import label_metrics
from components.evaluate.pictures.reconstruction import reconstruct
from components.face_table import FaceTable
from components.faces import outputs_of

SURE = 1.96  # standard errors of a normal 95% interval


def current_metrics(facts: dict[str, Any], split: str = "eval") -> dict[str, Any]:
    """The figures that blessing looks at, by the names of ``components.bless.blessing.METRICS``.

    ``split`` is that of the faces that label figures rest on, "" for none.
    """
    evaluated = facts["metrics"].get("eval", {})
    whole = facts["metrics"]["all"]
    names = ("silhouette", "n_clusters", "largest_cluster_share", "n_singletons")
    return {
        "eval_reconstruction_mse": evaluated.get("reconstruction_mse"),
        **{name: whole[name] for name in names},
        **label_free(facts["health"]),
        **label_figures(facts["metrics"], split),
    }


def label_free(health: dict[str, Any]) -> dict[str, Any]:
    """The figures of ``components.evaluate.figures.health`` that rules look at; None if one is missing."""
    held, mega = health["held_out"], health["mega_cluster"]
    interval = health["stability_interval"]
    chance = mega["by_chance"]
    return {
        "held_out_gain": None if held is None else held["gain"] + SURE * held["standard_error"],
        "stability": None if interval is None else interval[0],
        "effective_rank": health["effective_rank"],
        "interconnectedness": (mega["interconnectedness"] - chance) / (1 - chance) if chance < 1 else None,
    }


def comparable_metrics(
    model: Any, faces: FaceTable, card: Mapping[str, Any] | None = None, decoder: Any = None
) -> dict[str, Any]:
    """An earlier served model's figures on this eval split, without those that depend on its own space.

    ``unknown_here`` and ``unknown_there`` are as in ``drift``. Its label figures are of the faces of
    ``label_figures.judged_faces``, whose split is ``label_split``, with ``label_words`` about them. Its
    ``stability`` and ``stability_interval`` come from its ``card``, if it has one. Its reconstructions come
    from ``decoder``, the trained model that it was made from, if it was pushed without.
    """
    evaluated, labelled = faces.rows("eval"), judged_faces(faces)
    errors, _ = reconstruct(model if decoder is None else decoder, faces)
    asked = sorted({*evaluated, *labelled.rows})
    answers = outputs_of(model.serving_default, faces.requests(model, asked))
    place = {row: i for i, row in enumerate(asked)}
    clusters = np.array([answers["cluster"][place[i]] for i in labelled.rows], np.int64)
    found = label_metrics([faces.labels[i] for i in labelled.rows], clusters)
    unknown = np.array([answers["unknown"][place[i]] for i in evaluated], bool)
    told = (card or {}).get("health") or {}
    return {
        "eval_reconstruction_mse": errors.get("reconstruction_mse"),
        **{name: told.get(name) for name in ("stability", "stability_interval")},
        "unknown_here": unknown_share(unknown) if evaluated else None,
        "unknown_there": told.get("unknown"),
        "label_split": labelled.split,
        "label_words": labelled.words(),
        **label_figures({labelled.split: found}, labelled.split),
    }


def judge(
    facts: dict[str, Any],
    earlier: dict[str, Any] | None,
    recipe: dict[str, Any],
    left_out: str = "",
    totals: dict[str, Any] | None = None,
) -> Verdict:
    """The verdict under the recipe's limits and tolerances, rule by rule, without rules that are turned off.

    A figure that does not exist is not judged: the held-out likelihood without an eval split, or the error of
    a model without a decoder. Compared with the latest blessed model (``earlier``), the reconstruction error
    may be larger by ``tolerance`` times that model's error, label metrics count if both models have them, and
    stability may fall by the spread of both models over splits. Neither is compared if its own rule is off.
    Reasons for a refusal come first, and of these what is wrong with the photos. ``left_out`` says which is
    not compared. ``totals`` are those of the ingest, without which nothing is said of the photos.
    """
    current = current_metrics(facts, (earlier or {}).get("label_split", "eval"))
    off = {*recipe["rules_off"], *(HELD_OUT if recipe.get("eval_share") == 0 else ())}
    judged = {
        name: {bound: recipe[setting]}
        for name, (setting, bound) in LIMITS.items()
        if name not in off and applies(name, facts, current)
    }
    against = None if BASELINE in off else earlier
    left_out = "" if BASELINE in off else left_out
    allowed = tolerances(facts, current, against, off, recipe["tolerance"])
    found = decide(current, against, judged, allowed, left_out)
    extra = [] if "stability" in off else stability_finding(facts["health"], against)
    if told := (against or {}).get("label_words"):
        extra.append((True, told))
    if SERVABLE not in off:
        extra.append((facts["servable"], servable_words(facts)))
    drift = drift_of(earlier)
    extra += drift_finding(drift, recipe["max_drift"], DRIFT in off)
    rulings = rulings_of(earlier, recipe, totals)
    extra += [(one.met is not False, one.words) for one in rulings if one.words and one.name not in off]
    reasons = [*found.reasons, *(reason for _, reason in extra)]
    of_photos = {one.words for one in rulings if one.name in (UNREADABLE, FEWER_FACES)}
    reasons.sort(key=lambda reason: (not reason.startswith("Refused"), reason not in of_photos))
    reasons += [off_words(name, recipe) for name in RULES if name in off]
    rules = [limit_rule(name, current, recipe, name in judged, name in off) for name in LIMITS]
    rules.append(drift_rule(drift, recipe["max_drift"], DRIFT in off))
    rules += [ruling_rule(one, recipe, one.name in off) for one in rulings]
    rules.append(
        plain_rule(SERVABLE, facts["selection"]["space"]["name"], facts["servable"], SERVABLE in off)
    )
    compared = [reason for reason in reasons if "latest blessed model" in reason]
    met = None if against is None else not any(reason.startswith("Refused") for reason in compared)
    rules.append(plain_rule(BASELINE, " ".join(compared) or None, met, BASELINE in off))
    return Verdict(bool(found.blessed and all(passed for passed, _ in extra)), reasons, rules)


def off_words(name: str, recipe: dict[str, Any]) -> str:
    """Why a rule is not asked."""
    if name in recipe["rules_off"]:
        return f"Off: the rule {name} was turned off by the recipe."
    return f"Off: the rule {name} needs held-out pictures, and eval_share=0 holds out none."


def applies(name: str, facts: dict[str, Any], current: dict[str, Any]) -> bool:
    """Whether the rule has something to judge."""
    if name == "eval_reconstruction_mse":
        return bool(facts["decodes"])
    return name in ("n_clusters", "largest_cluster_share") or current[name] is not None


def limit_rule(
    name: str, current: dict[str, Any], recipe: dict[str, Any], judged: bool, off: bool
) -> dict[str, Any]:
    """One rule with a limit as a row: name, what it is, figure, limit, verdict."""
    setting, bound = LIMITS[name]
    value, limit = current.get(name), recipe[setting]
    met = None
    if judged:
        met = is_number(value) and (value >= limit if bound == "min" else value <= limit)
    words = "at least" if bound == "min" else "at most"
    row = plain_rule(name, value if is_number(value) else None, met, off)
    return row | {"what": WORDS[name], "limit": f"{words} {limit:g}"}


def drift_rule(found: dict[str, Any] | None, limit: float, off: bool) -> dict[str, Any]:
    """The rule of drift as a row; without a limit below 1 it is not judged."""
    figure = None if found is None else found[DRIFT]
    met = None if figure is None or limit >= 1 else figure <= limit
    row = plain_rule(DRIFT, figure, met, off)
    return row | {"what": str(Limits.model_fields["max_drift"].description), "limit": f"at most {limit:g}"}


def rulings_of(
    earlier: dict[str, Any] | None, recipe: dict[str, Any], totals: dict[str, Any] | None
) -> list[Ruling]:
    """What the rules of ``rules.TOLD`` find, in their order."""
    limits = {name: recipe[setting] for name, setting in TOLD.items()}
    return [
        unreadable(totals, limits[UNREADABLE]),
        fewer_faces(totals, earlier, limits[FEWER_FACES]),
        regrouped_ruling(earlier, limits[REGROUPED]),
    ]


def ruling_rule(found: Ruling, recipe: dict[str, Any], off: bool) -> dict[str, Any]:
    """A rule of ``rules.TOLD`` as a row."""
    row = plain_rule(found.name, found.figure, found.met, off)
    setting = TOLD[found.name]
    what = str(Limits.model_fields[setting].description)
    return row | {"what": what, "limit": f"at most {recipe[setting]:g}"}


def plain_rule(name: str, figure: Any, met: bool | None, off: bool) -> dict[str, Any]:
    """A rule as a row; ``met`` is None if it was not judged."""
    verdict = "off" if off else {True: "met", False: "refused", None: "not judged"}[met]
    return {"name": name, "what": "", "figure": figure, "limit": "", "verdict": verdict}


def servable_words(facts: dict[str, Any]) -> str:
    """Whether the served graph can map new points to the clusterer's space, in words."""
    name = facts["selection"]["space"]["name"]
    if facts["servable"]:
        return f"Met: the served graph maps new pictures to {name}."
    return (
        f"Refused: no served graph can map new pictures to {name}. It is a picture of these alone; set "
        "reduction=pca for a model that is to be served."
    )


def tolerances(
    facts: dict[str, Any],
    current: dict[str, Any],
    earlier: dict[str, Any] | None,
    off: Collection[str],
    tolerance: float,
) -> dict[str, float]:
    """How much worse than the earlier model each compared metric may be; those whose rule is off are not."""
    if earlier is None:
        return {}
    allowed = {}
    if facts["decodes"] and "eval_reconstruction_mse" not in off:
        error = earlier["eval_reconstruction_mse"] or 0.0
        allowed["eval_reconstruction_mse"] = tolerance * error
    for name in COMPARED_LABEL_METRICS:
        if name in current and name in earlier:
            allowed[name] = tolerance
    return allowed


def stability_finding(health: dict[str, Any], earlier: dict[str, Any] | None) -> list[tuple[bool, str]]:
    """Whether the groups are as stable as the earlier model's, within the spread of both."""
    if earlier is None or earlier.get("stability") is None or health["stability"] is None:
        return []
    halves = [(high - low) / 2 for low, high in (health["stability_interval"], earlier["stability_interval"])]
    allowed = math.hypot(*halves)
    now, before = health["stability"], earlier["stability"]
    words = (
        f"stability is {now:.3f}, the latest blessed model's is {before:.3f}; allowed is {allowed:.3f} less."
    )
    passed = now >= before - allowed
    return [(passed, f"{'Met' if passed else 'Refused'}: {words}")]
