"""From a small picture to a network's input: one function for training and for serving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from models.tensors import Tensor
from schemas.face import CHIP


def images_from_pictures(encoded: Tensor, side: int, channels: int) -> Tensor:
    """Turns PNGs or JPEGs (B,) string into images (B, side, side, channels) float32 in [0, 1].

    Grey pictures are asked for with ``channels`` 1: a grey one keeps its levels, of a coloured one the luma
    is taken. Asked for 3, a grey one has them three times. A picture of another size is scaled as a whole,
    with black beside what is not square. Raises tf.errors.InvalidArgumentError for bytes that are no picture.
    """
    made = tf.map_fn(
        lambda one: image_from_picture(one, side, channels),
        encoded,
        fn_output_signature=tf.TensorSpec((side, side, channels), tf.float32),
    )
    return tf.ensure_shape(made, (None, side, side, channels))


def image_from_picture(encoded: Tensor, side: int, channels: int) -> Tensor:
    """One picture of ``images_from_pictures``: (side, side, channels) float32 in [0, 1]."""
    picture = tf.io.decode_image(encoded, channels=channels, expand_animations=False)
    picture.set_shape((None, None, channels))
    fits = tf.reduce_all(tf.shape(picture)[:2] == side)
    pixels = tf.cond(fits, lambda: tf.cast(picture, tf.float32), lambda: scaled(picture, side))
    return tf.ensure_shape(pixels / 255.0, (side, side, channels))


def scaled(picture: Tensor, side: int) -> Tensor:
    """A picture (h, w, c) uint8 scaled into a square (side, side, c) float32, still in [0, 255]."""
    whole = tf.image.resize_with_pad(tf.cast(picture, tf.float32), side, side, antialias=True)
    return tf.clip_by_value(whole, 0.0, 255.0)


def preprocessing_fn(inputs: Mapping[str, Tensor], custom_config: Mapping[str, Any]) -> dict[str, Tensor]:
    """What TFX Transform calls: turns the raw features of ``schemas/image.pbtxt`` into {"image": float32}.

    Labels are not among the outputs, so training cannot see them.
    """
    encoded = tf.reshape(inputs[CHIP], (-1,))
    side, channels = custom_config["image_size"], custom_config["channels"]
    return {"image": images_from_pictures(encoded, side, channels)}
