"""SavedModels of drawings for TF Serving; like ``encoder``, but they take tf.Examples with ``strokes``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from models.export.checked_inputs import parsed_examples
from models.export.encoder import EXAMPLES, ServedModel
from models.inputs.sketch_preprocessing import strokes_from_values
from models.tensors import Tensor
from schemas.sketch_features import STROKES

if TYPE_CHECKING:
    import tensorflow_transform as tft

    from models.contract import EmbeddingModel


def export_sketch_encoder(
    model: EmbeddingModel, transform_output: tft.TFTransformOutput, folder: str | Path
) -> None:
    """Writes the trained model with signatures ``serving_default``, ``reconstruct`` and ``decode``.

    The first two take ``examples`` (B,) string, serialised tf.Examples with ``strokes``. ``serving_default``
    gives ``embedding`` (B, latent_dim) float32. ``reconstruct`` gives ``strokes`` and ``reconstruction``,
    (B, T, 3) and (B, MOST_STEPS, 3) float32 as in ``schemas.sketch_features``, and ``error`` (B,): the mean
    squared error of a drawing's steps on the training set's scale, each step predicted from the true ones
    before it. ``decode`` takes ``embedding`` (B, latent_dim) and gives ``reconstruction``.
    """
    layer = transform_output.transform_features_layer()
    spec = {STROKES: tf.io.VarLenFeature(tf.float32)}

    def strokes_of(examples: Tensor) -> Tensor:
        return strokes_from_values(layer(parsed_examples(examples, spec))[STROKES])

    def serving_default(examples: Tensor) -> dict[str, Tensor]:
        return {"embedding": model.encode(strokes_of(examples))}

    def reconstruct(examples: Tensor) -> dict[str, Tensor]:
        strokes = strokes_of(examples)
        again = model.decode(model.encode(strokes))
        return {"strokes": strokes, "reconstruction": again, "error": model.errors(strokes)}

    def decode(embedding: Tensor) -> dict[str, Tensor]:
        return {"reconstruction": model.decode(embedding)}

    archive = keras.export.ExportArchive()
    encode = archive.add_endpoint("serving_default", serving_default, input_signature=[EXAMPLES])
    shape = encode.get_concrete_function().structured_outputs["embedding"].shape
    archive.add_endpoint("reconstruct", reconstruct, input_signature=[EXAMPLES])
    embedding = tf.TensorSpec(shape, tf.float32, name="embedding")
    archive.add_endpoint("decode", decode, input_signature=[embedding])
    archive.write_out(folder, verbose=False)


class ServedSketches(ServedModel):
    """A ``ServedModel`` whose encoder takes ``examples``, and so does each of its signatures."""

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def serving_default(self, examples: Tensor) -> dict[str, Tensor]:
        """``embedding`` (B, d), ``cluster`` int64 (-1: none), ``probability``, ``unknown`` bool (B,)."""
        return self.clustered(self.encoder.serving_default(examples)["embedding"])

    @tf.function(input_signature=[EXAMPLES], autograph=False)
    def serving_examples(self, examples: Tensor) -> dict[str, Tensor]:
        """The same as ``serving_default``, which takes examples too."""
        return self.serving_default(examples)
