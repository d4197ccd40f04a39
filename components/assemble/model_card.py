"""A model's card: what the model was made from, how good it is and for whom, and what it is not meant for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from components.words.metrics import gap_words, limit_of, title_of
from components.words.subject import reworded
from components.words.text import counted, decimal, is_number, listed
from models.catalog import MODELS

DESCRIPTIONS = ("name", "paper", "what", "command", "minutes", "paper_figure", "our_figure", "subject")
# Settings that are paths on a user's own machine: the card only keeps their last part.
PLACES = ("images", "pairs", "attributes", "model_path", "weights_path", "landmarks_path", "decisions")
COUNTS = ("files", "unit", "with_faces", "no_face", "duplicate", "rejected", "faces")
KEPT_OF_SLICES = ("n", "n_identities", "figures", "intervals")
FEW_PEOPLE = 100
INTENDED = (
    "Sorting a collection of photos into groups of faces that look alike, for somebody who looks at the "
    "groups and puts them right.",
    "Research into representations learned without labels, and into the number of clusters.",
)
OUT_OF_SCOPE = (
    "Telling who somebody is, or whether two photos show one person, where anything depends on the answer: "
    "access, payment, police work, border control, hiring, insurance.",
    "Watching people without their knowledge, or searching for a person among strangers.",
    "Guessing sex, age, origin, health, feelings or character from a face.",
    "Photos of another kind than those it was trained on: other cameras, ages or parts of the world, before "
    "it was evaluated on them.",
)
LAW = (
    "Embeddings of faces are biometric data in many laws. In the European Union processing them to "
    "identify a person is forbidden unless an exception holds (GDPR, Article 9). In Illinois they need "
    "written consent and a public schedule of deletion (BIPA). Other places have rules of their own. "
    "This is no legal advice.",
)


def model_card(
    recipe: Mapping[str, Any], totals: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The card as plain values, ready for JSON. It is made before there is a verdict.

    Args:
        recipe: name, what, paper, subject and every setting.
        totals: those of the ingest: files, unit, with_faces, no_face, duplicate, rejected, faces,
            credits.
        facts: those of ``components.evaluate.evaluation.evaluate``, and of ``requested_facts`` if any.

    Returns:
        name, what, paper, subject, data, settings, choice, metrics, intervals, seeds, slices, pairs,
        reference embeddings, ``health`` as it is in the facts; made_of (of weights from elsewhere), limits,
        intended_use, out_of_scope and law are sentences.
    """
    subject = str(recipe.get("subject") or "face")
    pairs = facts.get("pairs")
    return {
        **{name: recipe.get(name) or "" for name in ("name", "what", "paper")},
        "subject": subject,
        "data": data_of(recipe, totals, facts),
        "made_of": made_of(recipe),
        "settings": {
            name: PurePath(str(value)).name if name in PLACES else value
            for name, value in recipe.items()
            if name not in DESCRIPTIONS
        },
        "choice": choice_of(facts["selection"]),
        "metrics": {
            split: {name: value for name, value in found.items() if name != "cluster_sizes"}
            for split, found in facts["metrics"].items()
        },
        "intervals": facts.get("intervals", {}),
        "seeds": facts.get("seeds", {}),
        "slices": {name: slice_of(found, name) for name, found in facts.get("slices", {}).items()},
        "pairs": None if pairs is None else pairs_of(pairs),
        "reference_embeddings": facts.get("reference_embeddings", []),
        "health": facts["health"],
        "limits": [reworded(sentence, subject) for sentence in limits(recipe, facts, subject)],
        "intended_use": [reworded(sentence, subject) for sentence in INTENDED],
        "out_of_scope": list(OUT_OF_SCOPE) if subject == "face" else [],
        "law": list(LAW) if subject == "face" else [],
    }


def data_of(recipe: Mapping[str, Any], totals: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Where the pictures come from, how many there are, and how they were split."""
    metrics = facts["metrics"]
    held = (facts["health"].get("held_out") or {}).get("n", 0)
    credits = totals.get("credits", [])
    return {
        "source": recipe.get("source", ""),
        **{name: totals.get(name) for name in COUNTS},
        "train": facts["selection"]["n"],
        "eval": held,
        "split_by": recipe.get("split_by", ""),
        "n_labelled": metrics.get("all", {}).get("n_labelled"),
        "n_identities": metrics.get("all", {}).get("n_identities"),
        "labels": "read after everything was fitted and chosen, to judge it only",
        "credits": [credits] if isinstance(credits, str) else list(credits),
    }


def made_of(recipe: Mapping[str, Any]) -> list[str]:
    """What weights that were trained elsewhere were made of, in sentences; none if all was learned here."""
    entry = MODELS.get(str(recipe.get("model") or ""))
    return list(entry.made_of) if entry else []


def choice_of(selection: Mapping[str, Any]) -> dict[str, Any]:
    """The clusterer that was chosen, by which criterion, in which space, and why."""
    chosen = selection["candidates"][selection["chosen"]]
    return {
        "clusterer": chosen["clusterer"],
        "variant": chosen["variant"],
        "n_clusters": selection["n_clusters"],
        "criterion": selection["criterion"],
        "value": chosen.get(selection["criterion"]) if selection["criterion"] else None,
        "n": chosen["n"],
        "n_parameters": chosen["n_parameters"],
        "space": chosen["space"],
        "reasons": list(selection["reasons"]),
    }


def slice_of(found: Mapping[str, Any], column: str) -> dict[str, Any]:
    """One attribute: its groups with figures and intervals, and the largest gap, also in words."""
    groups = {
        group: {name: entry[name] for name in KEPT_OF_SLICES if name in entry}
        for group, entry in found["groups"].items()
    }
    return {"groups": groups, "gap": found["gap"], "gap_in_words": gap_words(found["gap"], column)}


def pairs_of(pairs: Mapping[str, Any]) -> dict[str, Any]:
    """Verification on given pairs, without the curve."""
    return {
        "figures": pairs["figures"],
        "intervals": pairs.get("intervals", {}),
        "by": pairs.get("by"),
        "slices": {name: slice_of(found, name) for name, found in pairs.get("slices", {}).items()},
    }


def limits(recipe: Mapping[str, Any], facts: Mapping[str, Any], subject: str) -> list[str]:
    """The known weaknesses of this model, and what is not known about it, in sentences."""
    said = [limit_of(str(recipe.get("model") or ""))] if subject == "face" else []
    said += made_of(recipe)[-1:]  # whom it serves worse
    overall = facts["metrics"].get("all", {})
    people = overall.get("n_identities") or 0
    if not people:
        said.append("No photo had a name: the groups were never held against people.")
    elif people < FEW_PEOPLE:
        said.append(
            f"Its figures rest on {counted(people, 'person', 'people')}: other people may fare worse."
        )
    if people and recipe.get("split_by") == "photo":
        said.append("People of the eval split are in the train split too, with other photos of theirs.")
    if not facts["servable"]:
        said.append("Its space cannot be served: it is a picture of these photos alone.")
    said += better_references(facts.get("reference_embeddings", []))
    said += [
        f"By {column}: {gap_words(found['gap'], column)}"
        for column, found in facts.get("slices", {}).items()
        if found["gap"] and not found["gap"]["overlap"]
    ]
    if not facts.get("slices") and not (facts.get("pairs") or {}).get("slices"):
        said.append("Whether it is as good for one group of people as for another was not measured.")
    collapsed = max(
        (int(found.get("n_collapsed") or 0) for found in facts.get("seeds", {}).values()), default=0
    )
    if collapsed:
        said.append(f"From other seeds {counted(collapsed, 'run')} of the clusterer collapsed.")
    return said


def better_references(found: list[Mapping[str, Any]]) -> list[str]:
    """Says which reference embeddings are at least as good as the model, and by which figure."""
    rows = {row["name"]: row for row in found if "missing" not in row}
    ours = rows.pop("this model", None)
    said = []
    for metric in ("ari", "bcubed_f"):
        if ours is None or not is_number(ours.get(metric)):
            continue
        ahead = [
            f"{name} ({decimal(row[metric])})"
            for name, row in rows.items()
            if is_number(row.get(metric)) and row[metric] >= ours[metric]
        ]
        if ahead:
            figure = f"{title_of(metric)} ({decimal(ours[metric])})"
            said.append(f"By {figure} these reference embeddings are as good or better: {listed(ahead)}.")
    return said
