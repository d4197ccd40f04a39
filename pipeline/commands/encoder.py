"""The encoder that ``--model`` names: a reference by its name, or a saved model by its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.ingest.photo_cache import DECIDING
from pipeline.dag.layout import Layout
from pipeline.recipes.catalog import RECIPES
from pipeline.recipes.recipe import Recipe
from pipeline.runners.finished import RESULT
from pipeline.serving.client import SAVED, Client, InProcess, newest
from schemas.paths import absolute

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

REFERENCES = {"pretrained_face": "face-recogniser", "pixels": "face-pixels", "pca": "face-pca"}
CARD = "model_card.json"
BATCH = 64


@dataclass(frozen=True)
class Encoder:
    """What was chosen: a reference's ``recipe``, or the ``folder`` of a SavedModel.

    ``ingest`` are the settings that found the faces in the model's own run; it is empty where they are not
    known. An encoder with neither recipe nor folder stands for a server.
    """

    name: str
    recipe: Recipe | None = None
    folder: Path | None = None
    ingest: dict[str, Any] = field(default_factory=dict)

    @property
    def saved_model(self) -> Path:
        """``folder``; raises ValueError where there is none."""
        if self.folder is None:
            raise ValueError(f"{self.name} has no SavedModel. Expected a pushed model; give its folder.")
        return self.folder


def find_encoder(text: str) -> Encoder:
    """The encoder that ``--model`` names; nothing is loaded.

    A folder may be a SavedModel, a folder of versions (the newest is taken), a run's folder, or a root with a
    ``serving`` folder. Raises ValueError, one line, for anything else.
    """
    folder = absolute(text, "--model")
    if text in REFERENCES:
        return Encoder(text, recipe=RECIPES[REFERENCES[text]])
    if not os.path.isdir(folder):
        raise ValueError(
            f"--model {text} is neither a name nor a folder. Expected one of: {', '.join(REFERENCES)}; or "
            "the folder of a pushed model or of a run. Check the path."
        )
    if (folder / RESULT).is_file():
        return of_run(folder)
    for place in (folder, Layout(folder).serving):
        saved = newest(place)
        if saved is not None:
            return Encoder(str(saved), folder=saved, ingest=told_by_card(saved))
    raise ValueError(
        f"--model {text} holds no model. Expected {SAVED} in it, in a version below it, or a run's "
        "result.json. Give the folder that `facefold run` names as the pushed model."
    )


def of_run(folder: Path) -> Encoder:
    """The model that a run pushed, with the settings that found the faces in that run."""
    pushed = json.loads((folder / RESULT).read_text())["pushed_model"]
    if pushed is None:
        raise ValueError(
            f"The run {folder.name} pushed no model: it was not blessed. Expected a run with a pushed model. "
            "Give another run, or the Format-Serving folder of its ModelAssembler."
        )
    saved = newest(Path(pushed))
    if saved is None:
        raise ValueError(
            f"The model of the run {folder.name} is gone. Expected {SAVED} in {pushed}; found none. "
            "Run again."
        )
    file = folder / "settings.json"
    settings = json.loads(file.read_text()) if file.is_file() else {}
    return Encoder(
        str(saved), folder=saved, ingest={name: settings[name] for name in DECIDING if name in settings}
    )


def told_by_card(saved: Path) -> dict[str, Any]:
    """The settings that found the faces of a pushed model, read from its model card; empty without one."""
    file = saved / CARD
    settings = json.loads(file.read_text())["settings"] if file.is_file() else {}
    return {name: settings[name] for name in DECIDING if name in settings}


def embed(
    encoder: Encoder, chips: Sequence[bytes], detector: str, fit_on: Sequence[bytes] | None = None
) -> tuple[np.ndarray, dict[str, Any]]:
    """Embeddings of encoded chips, and what to report about the encoder.

    Args:
        encoder: what ``find_encoder`` returned.
        chips: n encoded chips.
        detector: the name of the detector that found them; ``none`` means that they are whole photos, which
            reference embeddings crop differently.
        fit_on: chips to fit the reference ``pca`` on; no other encoder reads them.

    Returns:
        The embeddings, (n, d) float32; {"crop", "dimension", "fitted_on"}, where ``fitted_on`` is the number
        of chips it was fitted on, or None.

    Raises:
        ValueError: the model takes no pictures, or gives no embedding, or the encoder is a server.
        ModuleNotFoundError, FileNotFoundError: a reference's weights are missing.
    """
    if encoder.folder is not None:
        embeddings = by_saved_model(encoder.folder, chips)
        return embeddings, {"crop": None, "dimension": embeddings.shape[1], "fitted_on": None}
    if encoder.recipe is None:
        raise ValueError(f"{encoder.name} is neither a reference nor a SavedModel. Expected one of them.")
    recipe = encoder.recipe.changed({"detector": detector})
    embeddings, fitted_on = by_reference(recipe, chips, fit_on)
    return embeddings, {
        "crop": recipe.crop_used,
        "dimension": embeddings.shape[1],
        "fitted_on": fitted_on,
    }


def by_saved_model(folder: Path, chips: Sequence[bytes]) -> np.ndarray:
    """The ``embedding`` that a SavedModel's ``serving_default`` gives for chips: (n, d) float32."""
    return answers_of(InProcess(folder), chips, ("embedding",))["embedding"]


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


def saved_signatures(folder: Path) -> dict[str, dict[str, dict[str, Any]]]:
    """The signatures of the SavedModel in ``folder``, which is read but not loaded.

    The names are those of a client's ``signatures()``; the values are TensorInfos.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    (graph,) = saved_model_pb2.SavedModel.FromString((Path(folder) / SAVED).read_bytes()).meta_graphs
    return {
        name: {"inputs": dict(signature.inputs), "outputs": dict(signature.outputs)}
        for name, signature in graph.signature_def.items()
    }


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


def by_reference(
    recipe: Recipe, chips: Sequence[bytes], fit_on: Sequence[bytes] | None = None
) -> tuple[np.ndarray, int | None]:
    """Embeddings of chips by a model that needs no training, and the number of chips it was fitted on.

    That number is None for a model that is not fitted.
    """
    import numpy as np
    import tensorflow as tf

    from components.faces import outputs_of
    from models.catalog import build_model
    from models.inputs.preprocessing import images_from_chips
    from models.inputs.training_data import ExampleSet

    crop, side = recipe.crop_used, recipe.image_size
    fitted_on = len(fit_on or ()) if recipe.model == "pca" else None
    if fitted_on is not None:
        most = max(1, min(recipe.value("latent_dim"), fitted_on - 1))
        recipe = recipe.changed({"latent_dim": most})
    model = build_model(recipe.model, **recipe.parts()["network"].model_dump())
    if fitted_on is not None:
        rows = tf.data.Dataset.from_tensor_slices(fit_on)
        images = rows.map(lambda chip: {"image": images_from_chips(chip[tf.newaxis], crop, side)[0]})
        model.start_from(ExampleSet(images, fitted_on))

    def encode(batch: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"embedding": model.encode(images_from_chips(batch, crop, side))}

    compiled = tf.function(encode, input_signature=[tf.TensorSpec((None,), tf.string)], autograph=False)
    return np.stack(outputs_of(compiled, list(chips), BATCH)["embedding"]), fitted_on
