"""What is changed in a batch of labelled faces while it is read, by tf.data."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.tensors import Tensor
from schemas.labelled_face import REGIONS

BITS = (7, 6, 5, 4, 3, 2, 1, 0)  # of a byte, the first pixel highest


def mirrored_at_random(inputs: dict[str, Tensor], seed: Tensor, shape: tuple[int, int]) -> dict[str, Tensor]:
    """Half of the pictures left for right, by ``seed`` (2,) int64, and with each the regions of its face.

    ``inputs`` has ``image`` (B, H, W, 3), and may have ``regions`` (B, 10, bytes) uint8, packed from (h, w),
    which is ``shape``.
    """
    images = inputs["image"]
    mirrored = tf.random.stateless_uniform((tf.shape(images)[0],), seed) < 0.5
    chosen = {"image": tf.where(mirrored[:, None, None, None], images[:, :, ::-1], images)}
    if REGIONS in inputs:
        other = mirrored_regions(inputs[REGIONS], shape)
        chosen[REGIONS] = tf.where(mirrored[:, None, None], other, inputs[REGIONS])
    return inputs | chosen


def mirrored_regions(packed: Tensor, shape: tuple[int, int]) -> Tensor:
    """Packed regions (B, 10, bytes) uint8 left for right, packed again."""
    n, kinds, size = tf.shape(packed)[0], packed.shape[1], packed.shape[2]
    bits = tf.bitwise.right_shift(packed[..., None], tf.constant(BITS, tf.uint8)) & 1
    pixels = tf.reshape(bits, (n, kinds, 8 * size))[:, :, : shape[0] * shape[1]]
    turned = tf.reverse(tf.reshape(pixels, (n, kinds, *shape)), axis=[3])
    flat = tf.pad(tf.reshape(turned, (n, kinds, -1)), [[0, 0], [0, 0], [0, 8 * size - shape[0] * shape[1]]])
    weights = tf.constant([1 << bit for bit in BITS], tf.int32)
    again = tf.reduce_sum(tf.cast(tf.reshape(flat, (n, kinds, size, 8)), tf.int32) * weights, axis=-1)
    return tf.ensure_shape(tf.cast(again, tf.uint8), (None, kinds, size))


def repaired(targets: Tensor, packed: Tensor, member: np.ndarray) -> Tensor:
    """Targets (B, n) in which a yes is a no if none of its regions has a pixel.

    A face without any region keeps its answers: nothing is known of it. ``packed`` are its regions (B, 10,
    bytes) uint8; ``member`` (10, n) as of ``region_masks.membership``.
    """
    seen = tf.cast(tf.reduce_any(packed > 0, axis=2), tf.float32)  # face, region
    hidden = tf.matmul(seen, tf.constant(member, tf.float32)) <= 0
    lost = hidden & tf.reduce_any(seen > 0, axis=1, keepdims=True) & (targets > 0)
    return tf.where(lost, tf.zeros_like(targets), targets)
