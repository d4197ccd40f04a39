"""What a model of faces has to answer, and its answers by name. It imports neither TFX nor TensorFlow."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.serving.client import Client


def answers_of(client: Client, chips: Sequence[bytes], wanted: Collection[str]) -> dict[str, np.ndarray]:
    """What ``serving_default`` answers to chips: output name to an array with n rows.

    Args:
        client: the model that is asked.
        chips: n encoded chips, at least one.
        wanted: names of outputs.

    Raises:
        ValueError: the model takes no pictures, or lacks one of the outputs.
        ServingError: a server gave no answer.
    """
    check_outputs(client.signatures(), wanted, client.where)
    found = client.predict(chips)
    return {name: found[name] for name in wanted}


def check_outputs(
    signatures: Mapping[str, Mapping[str, Mapping[str, Any]]], wanted: Collection[str], where: str
) -> None:
    """Raises ValueError unless ``serving_default`` takes pictures and has all outputs in ``wanted``."""
    nothing: dict[str, dict[str, Any]] = {"inputs": {}, "outputs": {}}
    told = signatures.get("serving_default", nothing)
    missing = set(wanted) - set(told["outputs"])
    if missing:
        raise ValueError(
            f"The model {where} gives no {', '.join(sorted(missing))}. Expected a signature "
            f"serving_default with these outputs; received {', '.join(sorted(told['outputs'])) or 'none'}. "
            "Give a model that facefold pushed."
        )
    if set(told["inputs"]) != {"image_bytes"}:
        raise ValueError(
            f"The model {where} takes no photos. Expected the input image_bytes; received "
            f"{', '.join(told['inputs'])}. Give a model of faces."
        )
