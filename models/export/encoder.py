"""SavedModels for TF Serving: the trained encoder alone, and together with its fitted clusterer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from models.clustering.rules.served_rules import constant, served_rule
from models.export.checked_inputs import MOST_MEGAPIXELS, check_decodable, parsed_examples
from models.tensors import Tensor

if TYPE_CHECKING:
    import tensorflow_transform as tft

    from models.clustering.rules.assignment import Rule
    from models.contract import EmbeddingModel


IMAGE_BYTES = tf.TensorSpec((None,), tf.string, name="image_bytes")
EXAMPLES = tf.TensorSpec((None,), tf.string, name="examples")
INPUTS = {"image_bytes": IMAGE_BYTES, "examples": EXAMPLES}


def on_any_batch(network: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Makes ``network`` accept an empty batch. It maps (B, ...) to (B, ...), or to a structure of these.

    For an empty batch, oneDNN's convolutions return one of their input's shape (TensorFlow 2.21), so an empty
    batch is computed as a batch of one, whose result is cut off again.
    """

    def computed(inputs: Tensor) -> Tensor:
        n = tf.shape(inputs)[0]
        missing = tf.maximum(1 - n, 0)
        found = network(tf.pad(inputs, [[0, missing], *[[0, 0]] * (len(inputs.shape) - 1)]))
        return tf.nest.map_structure(lambda part: part[:n], found)

    return computed


def export_encoder(
    model: EmbeddingModel,
    transform_output: tft.TFTransformOutput,
    folder: str | Path,
    most_megapixels: float = MOST_MEGAPIXELS,
) -> None:
    """Writes the trained model with a signature for each thing that it can do.

    All but ``decode`` and ``sample`` take ``image_bytes`` (B,) string: chips as JPEG or PNG. They are
    preprocessed by Transform's graph, as in training. One of more than ``most_megapixels`` is refused before
    it is decoded.

    - ``serving_default`` gives ``embedding`` (B, latent_dim) float32. If the model has ``encode_with_norm``,
      it also gives ``norm`` (B,), the length of the embedding before it was scaled to 1.
    - ``reconstruct`` gives ``image`` and ``reconstruction`` (B, H, W, 3) float32 in [0, 1].
    - ``decode`` takes ``embedding`` and gives ``reconstruction``; ``sample`` does the same, and exists for a
      model that may decode draws of N(0, I).
    - ``maps`` gives the encoder's last feature maps.
    - ``stages`` gives the embedding before the rounds of pseudo-identities and after each of them,
      (B, rounds + 1, latent_dim).
    """
    layer = transform_output.transform_features_layer()
    encode_images, decode_embedding = on_any_batch(model.encode), on_any_batch(model.decode)

    def images_of(image_bytes: Tensor) -> Tensor:
        chips = check_decodable(image_bytes, most_megapixels)
        return layer({"chip": chips[:, tf.newaxis]})["image"]

    def serving_default(image_bytes: Tensor) -> dict[str, Tensor]:
        images = images_of(image_bytes)
        if hasattr(model, "encode_with_norm"):
            return on_any_batch(model.encode_with_norm)(images)
        return {"embedding": encode_images(images)}

    def reconstruct(image_bytes: Tensor) -> dict[str, Tensor]:
        images = images_of(image_bytes)
        return {"image": images, **decode(encode_images(images))}

    def decode(embedding: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": tf.clip_by_value(decode_embedding(embedding), 0.0, 1.0)}

    def maps(image_bytes: Tensor) -> dict[str, Tensor]:
        return {"maps": on_any_batch(model.maps)(images_of(image_bytes))}

    def stages(image_bytes: Tensor) -> dict[str, Tensor]:
        return {"stages": on_any_batch(model.stages)(images_of(image_bytes))}

    archive = keras.export.ExportArchive()  # it finds the variables itself; `track` would save each twice
    encode = archive.add_endpoint("serving_default", serving_default, input_signature=[IMAGE_BYTES])
    if model.decodes:
        shape = encode.get_concrete_function().structured_outputs["embedding"].shape
        embedding = tf.TensorSpec(shape, tf.float32, name="embedding")
        archive.add_endpoint("reconstruct", reconstruct, input_signature=[IMAGE_BYTES])
        archive.add_endpoint("decode", decode, input_signature=[embedding])
        if model.generates:
            archive.add_endpoint("sample", decode, input_signature=[embedding])
    if model.has_maps:
        archive.add_endpoint("maps", maps, input_signature=[IMAGE_BYTES])
    if hasattr(model, "stages"):
        archive.add_endpoint("stages", stages, input_signature=[IMAGE_BYTES])
    archive.write_out(folder, verbose=False)


class EncoderAlone(tf.Module):
    """A loaded encoder's ``serving_default`` and the variables that it reads, without the decoder."""

    def __init__(self, encoder: Any) -> None:
        super().__init__(name="encoder")
        self.serving_default = encoder.serving_default
        # Saved together with it: saving does not find what a function reads through the function.
        self.read = [part for one in encoder.serving_default.concrete_functions for part in one.variables]


class ServedModel(tf.Module):
    """An encoder, the projection to the space that was clustered, and the clusterer's rule, as one module.

    With ``decodes`` it has ``reconstruct`` (``image`` and ``reconstruction`` (B, H, W, 3) float32 in [0, 1])
    if the encoder has it. Without, it keeps only the part of the encoder that embeds.

    Args:
        encoder: a SavedModel written by ``export_encoder``, loaded.
        projection: mean (d,) and components (p, d): the space is ``(embedding - mean) @ components.T``.
        rule: the rule of the fitted clusterer.
        unknown_below: familiarity below which a face counts as unknown, see
            ``models.clustering.rules.assignment``.
        decodes: whether the decoder is served too.
    """

    def __init__(
        self,
        encoder: Any,
        projection: tuple[np.ndarray, np.ndarray],
        rule: Rule,
        unknown_below: float,
        decodes: bool = False,
    ) -> None:
        super().__init__(name="facefold")
        self.encoder = encoder if decodes else EncoderAlone(encoder)
        # float64: in float32 a posterior in 64 dimensions is wrong in its third digit.
        self.mean, self.components = (constant(part) for part in projection)
        self.rule = served_rule(rule)
        self.unknown_below = constant(unknown_below)
        if decodes and hasattr(encoder, "reconstruct"):
            takes = [INPUTS[input_name(encoder)]]
            self.reconstruct = tf.function(encoder.reconstruct, input_signature=takes, autograph=False)

    @tf.function(input_signature=[IMAGE_BYTES], autograph=False)
    def serving_default(self, image_bytes: Tensor) -> dict[str, Tensor]:
        """``embedding`` (B, d), ``cluster`` int64 (-1: none), ``probability``, ``unknown`` bool (B,)."""
        return self.clustered(self.encoder.serving_default(image_bytes)["embedding"])

    def clustered(self, embedding: Tensor) -> dict[str, Tensor]:
        """What ``serving_default`` answers for embeddings (B, d)."""
        points = tf.matmul(tf.cast(embedding, tf.float64) - self.mean, self.components, transpose_b=True)
        found = self.rule(points)
        return {
            "embedding": embedding,
            "cluster": found["cluster"],
            "probability": tf.cast(found["probability"], tf.float32),
            "unknown": (found["cluster"] < 0) | (found["familiarity"] < self.unknown_below),
        }

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def serving_examples(self, examples: Tensor) -> dict[str, Tensor]:
        """``serving_default`` for serialised tf.Examples (B,) string with a feature ``chip``."""
        spec = {"chip": tf.io.FixedLenFeature((), tf.string)}
        return self.serving_default(parsed_examples(examples, spec)["chip"])


def export_served(served: ServedModel, folder: str | Path) -> None:
    """Writes a ``ServedModel`` with signatures serving_default, examples and, if it decodes, reconstruct."""
    signatures = {"serving_default": served.serving_default, "examples": served.serving_examples}
    if hasattr(served, "reconstruct"):
        signatures["reconstruct"] = served.reconstruct
    tf.saved_model.save(served, str(folder), signatures=signatures)


def input_name(model: Any) -> str:
    """The name of what a loaded SavedModel's ``serving_default`` takes: ``image_bytes`` or ``examples``."""
    (name,) = model.signatures["serving_default"].structured_input_signature[1]
    return name
