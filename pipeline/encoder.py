"""The encoders of faces, and each loaded once: a reference, a recipe's, a pushed model or one that is served.

    with load_embedder(encoder_of("face-people")) as embedder:
        settings = IngestSettings(**embedder.ingest)  # how faces have to be found for it
        embedder(chips)  # as often as there are chips; the network is built once

Importing this module imports neither TFX, nor Beam, nor TensorFlow. Loading imports TensorFlow where the
network runs in this process, and neither of the others; call
``pipeline.runners.tensorflow_environment.before_tensorflow`` before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from typing_extensions import Self

from components.ingest.photo_cache import DECIDING
from models.devices.memory import give_back
from pipeline.dag.layout import Layout
from pipeline.recipes.catalog import RECIPES
from pipeline.recipes.recipe import Recipe
from pipeline.runners.output import start_tensorflow
from pipeline.serving.calls import error_of, newest_available
from pipeline.serving.client import Client, InProcess, connect, newest
from pipeline.serving.outputs import check_outputs
from schemas.face import CHIP_SIZE
from schemas.paths import absolute
from schemas.samples import batches_of

PEOPLE = "face-people"  # a recipe whose network is told nothing of the photos at hand
REFERENCES = {  # the recipes whose network is there before there is a photo, by the name of the encoder
    PEOPLE: PEOPLE,
    "pretrained_face": "face-recogniser",
    "imagenet_lite": "face-imagenet",
    "pixels": "face-pixels",
    "pca": "face-pca",
}
SCHEMES = ("http://", "https://", "grpc://")
CARD = "model_card.json"
BATCH = 64  # where many faces are embedded at once, by a process that does nothing else
SMALL_BATCH = 16  # as fast, in less memory: of 205 faces by face-people a process took 936 MB, not 1,135


@dataclass(frozen=True)
class Encoder:
    """What was chosen: the ``recipe`` of a reference, the ``folder`` of a SavedModel, or a ``server``.

    ``ingest`` are the settings that find faces for it, where they differ from the defaults, or those that
    found the faces in the model's own run; it is empty where they are not known.
    """

    name: str
    recipe: Recipe | None = None
    folder: Path | None = None
    server: str | None = None
    ingest: dict[str, Any] = field(default_factory=dict)

    @property
    def called(self) -> str:
        """What a person calls it: the recipe's name and the version of a pushed model, or its own name."""
        if self.folder is None:
            return self.name
        return f"{_card(self.folder).get('name') or 'model'} {self.folder.name}"

    @property
    def kind(self) -> str:
        """The kind of example that it takes, as its model card says; ``face`` where nothing says it."""
        told = {} if self.folder is None else _card(self.folder).get("settings", {})
        return str(told.get("kind", "face"))

    @property
    def saved_model(self) -> Path:
        """``folder``; raises ValueError where there is none."""
        if self.folder is None:
            raise ValueError(f"{self.name} has no SavedModel. Expected a pushed model; give its folder.")
        return self.folder


def encoder_of(text: str) -> Encoder:
    """The encoder with this name, in this folder, or behind this URL; nothing is loaded, no server is asked.

    ``text`` is a key of ``REFERENCES``; or a folder as for ``pushed_below``; or the URL of
    TF Serving, ``grpc://HOST:PORT``, ``http://...`` or ``https://...``. Raises ValueError, one line, for
    anything else.
    """
    if text in REFERENCES:
        return of_recipe(text, REFERENCES[text])
    if text.startswith(SCHEMES):
        return Encoder(text, server=text)
    found = pushed_below(absolute(text, "the encoder"))
    if found is None:
        raise ValueError(
            f"There is no encoder {text!r}. Expected one of: {', '.join(REFERENCES)}; a folder "
            f"with a pushed model; or a server's URL ({', '.join(SCHEMES)}). Check the name."
        )
    return found


def of_recipe(name: str, recipe: str) -> Encoder:
    """The encoder ``name`` of a recipe whose network needs no training, with how that recipe finds faces."""
    chosen = RECIPES[recipe]
    told = chosen.ingest.model_dump(exclude_defaults=True)
    return Encoder(name, recipe=chosen, ingest={key: told[key] for key in DECIDING if key in told})


def pushed_below(folder: Path) -> Encoder | None:
    """The newest pushed model: ``folder`` itself, a version below it, or of a root; None without one."""
    for place in (folder, Layout(folder).serving):
        saved = newest(place)
        if saved is not None:
            return Encoder(str(saved), folder=saved, ingest=told_by_card(saved))
    return None


def told_by_card(saved: Path) -> dict[str, Any]:
    """The settings that found the faces of a pushed model, read from its model card; empty without one."""
    settings = _card(saved).get("settings", {})
    return {name: settings[name] for name in DECIDING if name in settings}


def _card(saved: Path) -> dict[str, Any]:
    file = saved / CARD
    card: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    return card


class Embedder:
    """An encoder in memory; threads may share it. It is let go of by ``close``, or at the end of a ``with``.

    ``space``: a short name of the space that its embeddings lie in, the encoder's and a hash of its weights
    and of how it looks at chips, or of the server's version: embeddings of two spaces say nothing of each
    other. ``weights``: a hash of the weights alone, "" behind a server. ``dimension``: of an embedding.
    ``ingest``: the settings that find faces for it, as ``Encoder.ingest``. ``crop``: the part of a chip that
    a reference reads, else None. ``fitted_on``: the number of chips that ``pca`` was fitted on, else None.
    """

    def __init__(
        self,
        space: str,
        ask: Callable[[list[bytes]], np.ndarray],
        batch: int,
        ingest: Mapping[str, Any],
        release: Callable[[], None] = give_back,
        told: tuple[str, str | None, int | None] = ("", None, None),
    ) -> None:
        """``ask`` answers to ``batch`` chips at most; ``told`` are ``weights``, ``crop``, ``fitted_on``."""
        self.space, self.ingest = space, dict(ingest)
        self.weights, self.crop, self.fitted_on = told
        self._ask: Callable[[list[bytes]], np.ndarray] | None = ask
        self._batch, self._release = batch, release
        self.dimension: int = ask([_grey_chip()]).shape[1]

    def __call__(self, chips: Sequence[bytes]) -> np.ndarray:
        """The embeddings of n encoded chips (JPEG or PNG): (n, ``dimension``) float32.

        Raises:
            ServingError: a server gave no answer; ``RefusedError`` where a chip is no picture.
            ValueError: it is closed.
        """
        if self._ask is None:
            raise ValueError(f"The embedder of {self.space} is closed. Expected an open one. Load it again.")
        parts = [self._ask(list(chips[part])) for part in batches_of(len(chips), self._batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), np.float32)

    def close(self) -> None:
        """Lets go of the model, or of the connections to it."""
        if self._ask is not None:
            self._ask = None
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def load_embedder(
    encoder: Encoder,
    detector: str | None = None,
    fit_on: Sequence[bytes] | None = None,
    batch: int = SMALL_BATCH,
) -> Embedder:
    """Loads an encoder, once for all calls.

    Args:
        encoder: what was chosen, as by ``encoder_of``.
        detector: the detector that finds the chips, where it is not that of ``encoder.ingest``; ``none`` are
            whole photos, which references crop differently.
        fit_on: chips to fit the reference ``pca`` on; no other encoder reads them.
        batch: how many chips the network is given at once. The sums in it, rounded, may differ by that.

    Raises:
        ValueError: the model takes no pictures, or gives no embedding, or ``encoder`` says nothing.
        ModuleNotFoundError, FileNotFoundError: a reference's weights are missing.
        ServingError: the server gave no answer.
    """
    ingest = {**encoder.ingest, **({} if detector is None else {"detector": detector})}
    if encoder.recipe is not None:
        return _of_network(encoder.name, encoder.recipe.changed(ingest), fit_on, batch, ingest)
    client, space, weights = _client_of(encoder)
    try:
        check_outputs(client.signatures(), ("embedding",), client.where)
        told = (weights, None, None)
        return Embedder(
            space, lambda chips: client.predict(chips)["embedding"], batch, ingest, client.close, told
        )
    except BaseException:
        client.close()
        raise


def _client_of(encoder: Encoder) -> tuple[Client, str, str]:
    """The client of a pushed model, here or on a server, of which one version is held to; space; weights."""
    if encoder.folder is not None:
        name = _card(encoder.folder).get("name") or "pushed"
        looks = str(encoder.ingest.get("alignment")).encode()
        files = _files_of(encoder.folder)
        return InProcess(encoder.folder), f"{name}-{digest([looks, *files])}", digest(files)
    if encoder.server is None:
        raise ValueError(f"{encoder.name} is no encoder. Expected a recipe, a folder or a server in it.")
    with connect(encoder.server) as any_version:
        version = newest_available(any_version.status())
    space = f"serving-{version}-{digest([encoder.server.encode(), str(version).encode()])}"
    return connect(encoder.server, version=version), space, ""


def _of_network(
    name: str, recipe: Recipe, fit_on: Sequence[bytes] | None, batch: int, ingest: Mapping[str, Any]
) -> Embedder:
    """The embedder of a recipe's network that needs no training but, for ``pca``, fitting."""
    start_tensorflow()
    import tensorflow as tf

    from models.catalog import build_model
    from models.inputs.preprocessing import images_from_chips
    from models.inputs.training_data import ExampleSet

    crop, side = recipe.crop_used, recipe.image_size
    fitted_on = len(fit_on or ()) if recipe.model == "pca" else None
    if fitted_on is not None:
        recipe = recipe.changed({"latent_dim": max(1, min(recipe.value("latent_dim"), fitted_on - 1))})
    model = build_model(recipe.model, **recipe.parts()["network"].model_dump())
    if fitted_on is not None:
        rows = tf.data.Dataset.from_tensor_slices(list(fit_on or ()))
        images = rows.map(lambda chip: {"image": images_from_chips(chip[tf.newaxis], crop, side)[0]})
        model.start_from(ExampleSet(images, fitted_on))
    encode = tf.function(
        lambda chips: model.encode(images_from_chips(chips, crop, side)),
        input_signature=[tf.TensorSpec((None,), tf.string)],
        autograph=False,
    )

    def ask(chips: list[bytes]) -> np.ndarray:
        try:
            embeddings: np.ndarray = encode(tf.constant(chips)).numpy()
        except tf.errors.InvalidArgumentError as error:
            raise error_of("INVALID_ARGUMENT", error.message, name) from error
        return embeddings

    looks = json.dumps([recipe.model, crop, side, recipe.value("alignment")]).encode()
    weights = weights_of(model)
    space = f"{name}-{digest([looks, *weights])}"
    return Embedder(space, ask, batch, ingest, told=(digest(weights), crop, fitted_on))


def weights_of(model: Any) -> list[bytes]:
    """The weights of a network, each as its bytes."""
    return [np.ascontiguousarray(weight.numpy()).tobytes() for weight in model.weights]


def digest(parts: Collection[bytes]) -> str:
    """Eight hex digits that stand for these parts, in their order."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()[:8]


def _files_of(saved: Path) -> list[bytes]:
    """The digests of the files of a SavedModel that decide what it answers."""
    files = [path for path in sorted(saved.rglob("*")) if path.is_file() and path.suffix != ".json"]
    return [hashlib.sha256(path.read_bytes()).digest() for path in files]


def _grey_chip() -> bytes:
    """An encoded chip of one colour, to ask how long an embedding is."""
    from components.ingest.frames.align import encode_chip  # OpenCV, which choosing does without

    return encode_chip(np.full((CHIP_SIZE, CHIP_SIZE, 3), 128, np.uint8), "png")
