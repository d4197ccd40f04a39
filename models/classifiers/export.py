"""SavedModels of classifiers for TF Serving."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from models.export.checked_inputs import MOST_MEGAPIXELS, check_decodable
from models.export.encoder import IMAGE_BYTES, on_any_batch
from models.tensors import Tensor
from schemas.face import CHIP
from schemas.labelled_face import FRAME, REGIONS, TARGETS

if TYPE_CHECKING:
    import tensorflow_transform as tft

    from models.classifiers.contract import Classifier


def export_classifier(
    model: Classifier,
    transform_output: tft.TFTransformOutput,
    folder: str | Path,
    most_megapixels: float = MOST_MEGAPIXELS,
) -> None:
    """Writes a trained classifier. Its signatures take ``image_bytes`` (B,) string: frames, or chips.

    They are preprocessed by Transform's graph, as in training; one of more than ``most_megapixels`` is
    refused before it is decoded.

    - ``serving_default`` gives ``probability`` (B, n) float32, of yes for each column.
    - ``maps`` gives ``maps`` (B, h, w, n) float32, if the classifier has them.
    """
    layer = transform_output.transform_features_layer()

    def images_of(image_bytes: Tensor) -> Tensor:
        pictures = check_decodable(image_bytes, most_megapixels)
        return layer(raw_features(pictures))["image"]

    def serving_default(image_bytes: Tensor) -> dict[str, Tensor]:
        return {"probability": tf.sigmoid(on_any_batch(model.logits)(images_of(image_bytes)))}

    def maps(image_bytes: Tensor) -> dict[str, Tensor]:
        return {"maps": on_any_batch(model.maps)(images_of(image_bytes))}

    archive = keras.export.ExportArchive()
    archive.add_endpoint("serving_default", serving_default, input_signature=[IMAGE_BYTES])
    if model.has_maps:
        archive.add_endpoint("maps", maps, input_signature=[IMAGE_BYTES])
    archive.write_out(folder, verbose=False)


def raw_features(pictures: Tensor) -> dict[str, Any]:
    """Pictures (B,) string as the raw features that Transform's graph reads, as chip and frame alike."""
    n = tf.shape(pictures, tf.int64)[0]
    rows = tf.range(n)
    place = tf.stack([rows, tf.zeros_like(rows)], axis=1)
    one_each = tf.SparseTensor(place, pictures, tf.stack([n, tf.constant(1, tf.int64)]))
    nothing = tf.zeros((0, 2), tf.int64)
    shape = tf.stack([n, tf.constant(0, tf.int64)])
    return {
        CHIP: one_each,
        FRAME: one_each,
        TARGETS: tf.SparseTensor(nothing, tf.zeros((0,), tf.int64), shape),
        REGIONS: tf.SparseTensor(nothing, tf.zeros((0,), tf.string), shape),
    }
