"""What lies in the artifacts of a run, read back as plain values by the steps that come after."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet

CARD = "model_card.json"  # beside the SavedModel of a served model
VERDICT = "verdict.json"  # in a model's blessing
ENCODER = "encoder"  # a served model's property: where the Trainer's model lies that it was made from


def read_ingest(examples: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Totals and one row a file, as the ingest step left them beside the examples."""
    totals = json.loads((examples / "ingest.json").read_text())
    return totals, pyarrow.parquet.read_table(examples / "ingest.parquet").to_pylist()


def read_training(model_run: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The history, a row an epoch, and the figures that the Trainer left."""
    history = json.loads((model_run / "history.json").read_text())
    return history, json.loads((model_run / "figures.json").read_text())


def read_facts(evaluation: Path) -> dict[str, Any]:
    """What ``components.evaluate.evaluation`` found, without its arrays."""
    return json.loads((evaluation / "evaluation.json").read_text())


def read_evaluation(evaluation: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What ``components.evaluate.evaluation.write_evaluation`` wrote: facts and arrays."""
    with np.load(evaluation / "arrays.npz") as arrays:
        return read_facts(evaluation), dict(arrays)


def read_card(model: Path) -> dict[str, Any]:
    """The card of an assembled model."""
    return json.loads((model / "Format-Serving" / CARD).read_text())


def read_verdict(blessing: Path) -> dict[str, Any]:
    """The verdict of ``components.bless``, blessed or not, and what the model was held against."""
    return json.loads((blessing / VERDICT).read_text())
