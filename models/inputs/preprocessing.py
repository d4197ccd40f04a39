"""From a face chip to a network's input: one function for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from models.inputs.settings import CROPS
from models.tensors import Tensor
from schemas.face import CHIP_SIZE


def decode_chip(chip: Tensor) -> Tensor:
    """Decodes one JPEG or PNG (bytes) to RGB uint8 (192, 192, 3), resizing it if its size differs.

    Raises tf.errors.InvalidArgumentError for bytes that are not an image.
    """
    image = tf.io.decode_image(chip, channels=3, expand_animations=False)
    image.set_shape((None, None, 3))
    fits = tf.reduce_all(tf.shape(image)[:2] == CHIP_SIZE)
    image = tf.cond(fits, lambda: image, lambda: _resize_to_chip(image))
    return tf.ensure_shape(image, (CHIP_SIZE, CHIP_SIZE, 3))


def _resize_to_chip(image: Tensor) -> Tensor:
    resized = tf.image.resize(tf.cast(image, tf.float32), (CHIP_SIZE, CHIP_SIZE), antialias=True)
    return tf.saturate_cast(tf.round(resized), tf.uint8)


def crop_and_scale(chips: Tensor, crop: str = "face", image_size: int = 64) -> Tensor:
    """Turns chips (B, 192, 192, 3) uint8 into images (B, image_size, image_size, 3) float32 in [0, 1].

    ``crop`` is a key of ``CROPS``. Shrinking averages over area (P0: crop to the face, 64x64). Raises
    ValueError for an unknown crop.
    """
    if crop not in CROPS:
        raise ValueError(f"Unknown crop {crop!r}. Expected one of: {', '.join(sorted(CROPS))}.")
    left, top, side = CROPS[crop]
    cropped = tf.cast(chips[:, top : top + side, left : left + side], tf.float32)
    factor, rest = divmod(side, image_size)
    if rest == 0:
        images = tf.nn.avg_pool2d(cropped, factor, factor, "VALID") if factor > 1 else cropped
    else:
        images = tf.image.resize(cropped, (image_size, image_size), antialias=True)
    return tf.ensure_shape(images / 255.0, (None, image_size, image_size, 3))


def images_from_chips(chips: Tensor, crop: str = "face", image_size: int = 64) -> Tensor:
    """Turns encoded chips (B,) string into images (B, image_size, image_size, 3) float32 in [0, 1]."""
    decoded = tf.map_fn(
        decode_chip, chips, fn_output_signature=tf.TensorSpec((CHIP_SIZE, CHIP_SIZE, 3), tf.uint8)
    )
    return crop_and_scale(decoded, crop, image_size)


def preprocessing_fn(inputs: Mapping[str, Tensor], custom_config: Mapping[str, Any]) -> dict[str, Tensor]:
    """What TFX Transform calls: turns the raw features of ``schemas/face.pbtxt`` into {"image": float32}.

    Labels are not among the outputs, so training cannot see them.
    """
    chips = tf.reshape(inputs["chip"], (-1,))
    return {"image": images_from_chips(chips, custom_config["crop"], custom_config["image_size"])}
