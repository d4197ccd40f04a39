"""What the latest blessed model tells of the run that it is from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import tensorflow as tf

from components.assemble.model_card import PLACES

# Settings that decide which faces there are.
DECIDE_FACES = (
    *("source", "images", "max_photos", "leave_out", "detector", "model_path", "min_face", "min_score"),
    *("max_megapixels", "decisions"),
)


def read_told(card: str | Path | None) -> dict[str, Any]:
    """A model card, which is a file or an address; empty without one."""
    if card is None or not tf.io.gfile.exists(str(card)):
        return {}
    with tf.io.gfile.GFile(str(card)) as stream:
        told: dict[str, Any] = json.loads(stream.read())
        return told


def intake_before(card: Mapping[str, Any], recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The number of faces that the model of ``card`` was made from, and what decided it otherwise.

    Returns ``n_faces``, None if the card does not tell, and ``other_intake``, the names of the settings in
    ``DECIDE_FACES`` that both runs have, with other values. Of a path its last part counts.
    """
    before = card.get("settings") or {}
    return {
        "n_faces": (card.get("data") or {}).get("faces"),
        "other_intake": [
            name
            for name in DECIDE_FACES
            if name in before
            and name in recipe
            and last_part(name, before[name]) != last_part(name, recipe[name])
        ],
    }


def last_part(name: str, value: Any) -> Any:
    """The value of a setting, of a path only its last part, as a card has it."""
    return PurePath(str(value)).name if name in PLACES else value
