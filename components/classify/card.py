"""The card of a classifier: what it is, what it was judged by, and what it must not be used for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from components.assemble.model_card import LAW, PLACES
from models.catalog import model_entry
from models.classifiers.catalog import classifier_entry

LIMITS = (
    "What it says is a guess at how somebody looks in one picture, learned from what others wrote down about "
    "pictures. It is not what somebody is: nobody's gender, age or health can be seen in a photo.",
    "Whoever wrote the answers decided what a yes means. CelebA's attributes are known to be told "
    "differently by different people (Lingenfelter, Davis and Hand 2022).",
)
OUT_OF_SCOPE = (
    "Decisions about a person: access, prices, work, police, borders.",
    "Counting people by sex or age where that decides anything about them.",
    "Photos of another kind than those it was judged on, before it was judged on them.",
)


def made_of(recipe: Mapping[str, Any]) -> list[str]:
    """Who trained the weights that the classifier brings, in sentences."""
    frozen = recipe.get("frozen")
    entries = [classifier_entry(str(recipe["model"])), *([model_entry(str(frozen))] if frozen else [])]
    return [sentence for entry in entries for sentence in entry.made_of]


def classifier_card(
    recipe: Mapping[str, Any], totals: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The card as plain values, ready for JSON; it is made before there is a verdict.

    ``facts`` are those of the evaluation: ``columns``, ``figures``. In ``abstains_below`` is the confidence
    below which a client is to say nothing: the larger of the probabilities of yes and no.
    """
    return {
        **{name: recipe.get(name) or "" for name in ("name", "what", "paper")},
        "task": "classify",
        "columns": list(facts["columns"]),
        "input": {"frame": recipe.get("frame"), "height": recipe["height"], "width": recipe["width"]},
        "data": {name: totals.get(name) for name in ("files", "with_faces", "no_face", "rejected", "notes")},
        "made_of": made_of(recipe),
        "settings": {
            name: PurePath(str(value)).name if name in PLACES else value for name, value in recipe.items()
        },
        "figures": facts["figures"],
        "abstains_below": recipe.get("min_confidence"),
        "limits": [
            *LIMITS,
            *(
                [f"It says the same of every face for: {', '.join(facts['figures']['constant'])}."]
                if facts["figures"]["constant"]
                else []
            ),
        ],
        "out_of_scope": list(OUT_OF_SCOPE),
        "law": list(LAW),
    }
