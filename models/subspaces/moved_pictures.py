"""Pictures moved a little, all of a batch at once: what augmentation without labels may change."""

from __future__ import annotations

import math

import tensorflow as tf

from models.tensors import Tensor


def randomly_moved(images: Tensor, seed: Tensor, shift: float, rotation: float) -> Tensor:
    """Each of images (B, h, w, c) moved by up to ``shift`` of its side and ``rotation`` degrees, any way."""
    drawn = tf.random.stateless_uniform((3, tf.shape(images)[0]), seed, -1.0, 1.0)
    height, width = images.shape[1:3]
    return moved(
        images, drawn[0] * math.radians(rotation), drawn[1] * shift * height, drawn[2] * shift * width
    )


def moved(images: Tensor, angle: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Images (B, h, w, c) turned counter-clockwise about their middle, then shifted.

    ``angle`` (B,) is in radians, ``down`` and ``right`` (B,) in pixels. What comes in from outside repeats
    the nearest pixel.
    """
    height, width = images.shape[1:3]
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    cos, sin = tf.cos(angle), tf.sin(angle)
    zero = tf.zeros_like(angle)
    from_x, from_y = middle_x + right, middle_y + down  # where the middle goes
    transforms = tf.stack(
        [
            *(cos, -sin, middle_x - cos * from_x + sin * from_y),
            *(sin, cos, middle_y - sin * from_x - cos * from_y),
            *(zero, zero),
        ],
        axis=1,
    )
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=(height, width),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="NEAREST",
    )
