"""From a labelled face to what a classifier learns from: one function for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from models.inputs.preprocessing import images_from_chips
from models.tensors import Tensor
from schemas.face import CHIP
from schemas.face_regions import REGIONS as FACE_REGIONS
from schemas.labelled_face import FRAME, REGIONS, TARGETS, packed_bytes

PACKED_REGIONS = len(FACE_REGIONS)


def images_from_frames(frames: Tensor, size: tuple[int, int]) -> Tensor:
    """Turns JPEGs or PNGs (B,) string into images (B, *size, 3) float32 in [0, 1].

    A frame of another size is stretched to it, averaging over area where it shrinks. Raises
    tf.errors.InvalidArgumentError for bytes that are no picture.
    """

    def image_of(frame: Tensor) -> Tensor:
        pixels = tf.io.decode_image(frame, channels=3, expand_animations=False)
        pixels.set_shape((None, None, 3))
        fits = tf.reduce_all(tf.equal(tf.shape(pixels)[:2], size))
        image = tf.cast(pixels, tf.float32)
        scaled = tf.cond(fits, lambda: image, lambda: tf.image.resize(image, size, antialias=True))
        return tf.ensure_shape(scaled / 255.0, (*size, 3))

    return tf.map_fn(image_of, frames, fn_output_signature=tf.TensorSpec((*size, 3), tf.float32))


def regions_from_bytes(packed: Tensor, shape: tuple[int, int]) -> Tensor:
    """Inflates packed regions (B,) string of maps of ``shape`` to (B, 10, bytes) uint8; 0 of an empty one."""
    size = packed_bytes(shape)

    def one(data: Tensor) -> Tensor:
        bits = tf.cond(
            tf.strings.length(data) > 0,
            lambda: tf.io.decode_raw(tf.io.decode_compressed(data, "ZLIB"), tf.uint8),
            lambda: tf.zeros((PACKED_REGIONS * size,), tf.uint8),
        )
        return tf.ensure_shape(tf.reshape(bits, (PACKED_REGIONS, -1)), (PACKED_REGIONS, size))

    return tf.map_fn(one, packed, fn_output_signature=tf.TensorSpec((PACKED_REGIONS, size), tf.uint8))


def filled(feature: Any) -> Tensor:
    """One text for each example, "" where the feature is missing: (B,) string."""
    if not isinstance(feature, tf.SparseTensor):
        return tf.reshape(feature, (-1,))
    one_each = tf.sparse.reset_shape(feature, [feature.dense_shape[0], 1])
    return tf.reshape(tf.sparse.to_dense(one_each, default_value=""), (-1,))


def preprocessing_fn(inputs: Mapping[str, Any], custom_config: Mapping[str, Any]) -> dict[str, Tensor]:
    """What TFX Transform calls: raw features of ``schemas/labelled_face.pbtxt`` to what a classifier reads.

    ``image`` (B, H, W, 3) float32 in [0, 1], of the frame, or of the chip by its crop; ``targets`` (B, n)
    int64, and for a classifier that parses ``regions`` (B,) string, packed: Transform knows no uint8. The
    person's name is not among the outputs.
    """
    size = (custom_config["height"], custom_config["width"])
    if custom_config["frame"] == "chip":
        images = images_from_chips(filled(inputs[CHIP]), custom_config["crop"], size[0])
    else:
        images = images_from_frames(filled(inputs[FRAME]), size)
    targets = inputs[TARGETS]
    made = {
        "image": images,
        TARGETS: tf.reshape(tf.sparse.to_dense(targets), (-1, custom_config["n_targets"])),
    }
    if custom_config["parses"]:
        made[REGIONS] = filled(inputs[REGIONS])
    return made
