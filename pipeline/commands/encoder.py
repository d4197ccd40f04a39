"""The encoder that ``facefold verify`` is asked about: a yardstick by its name, or a saved model's folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from components.ingest.photo_cache import DECIDING
from pipeline.dag.layout import Layout
from pipeline.recipes.catalog import RECIPES
from pipeline.recipes.recipe import Recipe
from pipeline.serving.client import SAVED, InProcess, newest

YARDSTICKS = {"pretrained_face": "face-recogniser", "pixels": "face-pixels", "pca": "face-pca"}
CARD = "model_card.json"
BATCH = 64


@dataclass(frozen=True)
class Encoder:
    """What was chosen: a yardstick's ``recipe``, or the ``folder`` of a SavedModel.

    ``ingest`` are the settings that found the faces of the run it comes from, empty where none are known.
    """

    name: str
    recipe: Recipe | None = None
    folder: Path | None = None
    ingest: dict = field(default_factory=dict)


def find_encoder(text):
    """The encoder that ``--model`` names; nothing is loaded.

    A folder is a SavedModel, a folder of versions (the newest counts), a run's folder, or a root with a
    ``serving`` folder. Raises ValueError, one line, for anything else.
    """
    folder = Path(text).expanduser().absolute()
    if text in YARDSTICKS:
        return Encoder(text, recipe=RECIPES[YARDSTICKS[text]])
    if not folder.is_dir():
        raise ValueError(
            f"--model {text} is neither a name nor a folder. Expected one of: {', '.join(YARDSTICKS)}; or "
            "the folder of a pushed model or of a run. Check the path."
        )
    if (folder / "result.json").is_file():
        return of_run(folder)
    for place in (folder, Layout(folder).serving):
        saved = newest(place)
        if saved is not None:
            return Encoder(str(saved), folder=saved, ingest=told_by_card(saved))
    raise ValueError(
        f"--model {text} holds no model. Expected {SAVED} in it, in a version below it, or a run's "
        "result.json. Give the folder that `facefold run` names as the pushed model."
    )


def of_run(folder):
    """The model that a run pushed, with the run's own settings for finding faces."""
    pushed = json.loads((folder / "result.json").read_text())["pushed_model"]
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


def told_by_card(saved):
    """The settings that found the faces of a pushed model, out of its model card; empty without one."""
    file = saved / CARD
    settings = json.loads(file.read_text())["settings"] if file.is_file() else {}
    return {name: settings[name] for name in DECIDING if name in settings}


def embed(encoder, chips, detector, fit_on=None):
    """Embeddings of encoded chips by the encoder: (n, d) float32, and what is to be told about it.

    Args:
        encoder: of ``find_encoder``.
        chips: n encoded chips (bytes).
        detector: its name; ``none`` means chips of whole photos, which yardsticks crop otherwise.
        fit_on: chips for a yardstick that is fitted (``pca``).

    Returns:
        The embeddings; {"crop", "dimension", "fitted_on"}, the last the number of chips or None.

    Raises:
        ValueError: the model takes no pictures, or gives no embedding.
        ModuleNotFoundError, FileNotFoundError: a yardstick's weights are missing.
    """
    if encoder.folder is not None:
        embeddings = by_saved_model(encoder.folder, chips)
        return embeddings, {"crop": None, "dimension": embeddings.shape[1], "fitted_on": None}
    recipe = encoder.recipe.changed({"detector": detector})
    embeddings, fitted_on = by_yardstick(recipe, chips, fit_on)
    return embeddings, {
        "crop": recipe.crop_used,
        "dimension": embeddings.shape[1],
        "fitted_on": fitted_on,
    }


def by_saved_model(folder, chips):
    """``embedding`` of the SavedModel's ``serving_default`` for chips: (n, d) float32."""
    return answers_of(InProcess(folder), chips, ("embedding",))["embedding"]


def answers_of(client, chips, wanted):
    """What ``serving_default`` answers to chips: output name to array with n rows.

    Args:
        client: of ``pipeline.serving.client``.
        chips: n encoded chips, at least one.
        wanted: names of outputs.

    Raises:
        ValueError: the model takes no pictures, or has not all outputs that are wanted.
        ServingError: a server gave no answer.
    """
    check_outputs(client.signatures(), wanted, client.where)
    found = client.predict(chips)
    return {name: found[name] for name in wanted}


def saved_signatures(folder):
    """As ``signatures()`` of a client, of the SavedModel in ``folder``, which is read, not loaded."""
    from tensorflow.core.protobuf import saved_model_pb2

    (graph,) = saved_model_pb2.SavedModel.FromString((Path(folder) / SAVED).read_bytes()).meta_graphs
    return {
        name: {"inputs": dict(signature.inputs), "outputs": dict(signature.outputs)}
        for name, signature in graph.signature_def.items()
    }


def check_outputs(signatures, wanted, where):
    """Raises ValueError unless ``serving_default`` of ``signatures`` takes pictures and has all wanted."""
    told = signatures.get("serving_default", {"inputs": {}, "outputs": {}})
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


def by_yardstick(recipe, chips, fit_on=None):
    """Embeddings of chips by a model that is not trained, and how many chips it was fitted on, or None."""
    import numpy as np
    import tensorflow as tf

    from components.faces import outputs_of
    from models.catalog import build_model
    from models.inputs.preprocessing import images_from_chips
    from models.inputs.training_data import ExampleSet

    crop, side = recipe.crop_used, recipe.image_size
    fitted = recipe.model == "pca"
    if fitted:
        most = max(1, min(recipe.network.latent_dim, len(fit_on) - 1))
        recipe = recipe.changed({"latent_dim": most})
    model = build_model(recipe.model, **recipe.network.model_dump())
    if fitted:
        rows = tf.data.Dataset.from_tensor_slices(fit_on)
        images = rows.map(lambda chip: {"image": images_from_chips(chip[tf.newaxis], crop, side)[0]})
        model.start_from(ExampleSet(images, len(fit_on)))

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string)])
    def encode(batch):
        return {"embedding": model.encode(images_from_chips(batch, crop, side))}

    return np.stack(outputs_of(encode, chips, BATCH)["embedding"]), len(fit_on) if fitted else None
