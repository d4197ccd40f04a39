"""Squares of a face around its 27 places, at five scales."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.identity.face_places import DISTINCT
from models.tensors import Tensor
from schemas.face import CHIP_SIZE

SCALES = (1.0, 0.75, 0.55, 0.4, 0.3)  # of the chip
SQUARE = 32  # pixels of the scaled chip
OUTSIDE = 8  # pixels that a place may lie outside of the scaled chip
BLOCKS = DISTINCT * len(SCALES)  # a place and its mirror image are one


def scaled_chips(grey: Tensor, scale: float, further: int = 0) -> Tensor:
    """Chips (B, 192, 192) float32 shrunk by ``scale``, and their mirror image around them.

    The border is wide enough for every square, and ``further`` pixels more: (B, side, side) float32.
    """
    side = round(CHIP_SIZE * scale)
    if side != CHIP_SIZE:
        grey = tf.image.resize(grey[..., tf.newaxis], (side, side), antialias=True)[..., 0]
    border = SQUARE // 2 + OUTSIDE + further
    return tf.pad(grey, [[0, 0], [border, border], [border, border]], "SYMMETRIC")


def corners(places: Tensor, scale: float) -> Tensor:
    """First pixels of the squares in ``scaled_chips``: places (B, P, 2) float32 in chip pixels to int32."""
    border = SQUARE // 2 + OUTSIDE
    found = tf.cast(tf.round((places + 0.5) * scale - SQUARE / 2) + border, tf.int32)
    return tf.clip_by_value(found, 0, round(CHIP_SIZE * scale) + 2 * border - SQUARE)


def squares(pictures: Tensor, first: Tensor, side: int) -> Tensor:
    """Squares out of pictures (B, H, W): (B, P, side, side), by their first pixels (B, P, 2), x and y."""
    shape = tf.shape(pictures)
    along = np.arange(side)
    inside = along[:, None] * shape[2] + along
    index = (first[..., 1] * shape[2] + first[..., 0])[..., tf.newaxis, tf.newaxis] + inside
    taken = tf.gather(tf.reshape(pictures, (shape[0], -1)), tf.reshape(index, (shape[0], -1)), batch_dims=1)
    return tf.reshape(taken, (shape[0], first.shape[1], side, side))


def patches(grey: Tensor, places: Tensor, scale: float) -> Tensor:
    """The squares (B, P, 32, 32) of chips (B, 192, 192) around places (B, P, 2) at one scale, grey levels."""
    return squares(scaled_chips(grey, scale), corners(places, scale), SQUARE)
