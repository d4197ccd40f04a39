"""Reads the files in a run's artifacts as plain values, for the steps that come after."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

CARD = "model_card.json"  # beside the SavedModel of a served model
VERDICT = "verdict.json"  # in a model's blessing
USED = ("batch_size", "latent_dim")  # figures of a training that are settings too
ENCODER = "encoder"  # a served model's property: the place of the Trainer's model that it was made from


def read_ingest(examples: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The totals and the rows, one for each file, that the ingest wrote beside the examples."""
    totals = json.loads((examples / "ingest.json").read_text())
    return totals, pyarrow.parquet.read_table(examples / "ingest.parquet").to_pylist()


def read_training(model_run: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The history, a row for each epoch, and the figures that the Trainer wrote."""
    history = json.loads((model_run / "history.json").read_text())
    return history, json.loads((model_run / "figures.json").read_text())


def as_used(settings: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's settings with the values that the Trainer took where they leave it the choice."""
    return {**settings, **{name: figures[name] for name in USED if name in figures}}


def read_facts(evaluation: Path) -> dict[str, Any]:
    """What ``components.evaluate.evaluation`` found, without its arrays."""
    facts: dict[str, Any] = json.loads((evaluation / "evaluation.json").read_text())
    return facts


def read_evaluation(evaluation: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What ``components.evaluate.evaluation.write_evaluation`` wrote: facts and arrays."""
    with np.load(evaluation / "arrays.npz") as arrays:
        return read_facts(evaluation), dict(arrays)


def read_card(model: Path) -> dict[str, Any]:
    """The card of an assembled model."""
    card: dict[str, Any] = json.loads((model / "Format-Serving" / CARD).read_text())
    return card


def read_verdict(blessing: Path) -> dict[str, Any]:
    """The verdict of ``components.bless``: blessed or not, and what the model was compared with."""
    verdict: dict[str, Any] = json.loads((blessing / VERDICT).read_text())
    return verdict
