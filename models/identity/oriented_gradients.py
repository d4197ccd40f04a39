"""Histograms of oriented gradients around places of a face.

Dalal and Triggs, "Histograms of oriented gradients for human detection" (CVPR 2005), in the cells that local
binary patterns are counted in.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import tensorflow as tf

from models.identity.registered_patches import corners, scaled_chips
from models.tensors import Tensor

ORIENTATIONS = 8
NEXT = math.cos(2 * math.pi / ORIENTATIONS)  # of the angle to the next direction
FLAT = 2.0  # grey levels over two pixels: a square whose gradients are as long is made half as loud as others


def gradient_maps(pictures: Tensor) -> Tensor:
    """How much grey levels (B, H, W) rise in each of 8 directions: (B, H, W, 8) float32.

    The first direction is to the right, the others turn downwards. A gradient counts whole for its own
    direction, and less and less up to the next ones.
    """
    wide = tf.pad(pictures, [[0, 0], [1, 1], [1, 1]], "SYMMETRIC")[..., tf.newaxis]
    risen = tf.nn.conv2d(wide, direction_kernel(), 1, "VALID")
    right_angle = ORIENTATIONS // 4
    lengths = tf.sqrt(tf.square(risen[..., :1]) + tf.square(risen[..., right_angle : right_angle + 1]))
    return tf.nn.relu(risen - NEXT * lengths) / (1 - NEXT)


@lru_cache(maxsize=1)
def direction_kernel() -> np.ndarray:
    """A kernel (3, 3, 1, 8) float32 for the rise over two pixels in each direction."""
    angles = 2 * math.pi * np.arange(ORIENTATIONS) / ORIENTATIONS
    kernel = np.zeros((3, 3, 1, ORIENTATIONS), np.float32)
    kernel[1, 2, 0], kernel[1, 0, 0] = np.cos(angles), -np.cos(angles)
    kernel[2, 1, 0], kernel[0, 1, 0] = np.sin(angles), -np.sin(angles)
    return kernel


def face_gradients(grey: Tensor, places: Tensor, scale: float, cell: int, cells: int) -> Tensor:
    """Square roots of the shares of gradients in the cells of a square around each place, at one scale.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.
        places: (B, P, 2) float32, x and y in chip pixels.
        scale: one of ``registered_patches.SCALES``.
        cell: side of a cell in pixels.
        cells: cells along a side of the square.

    Returns:
        float32 (B, P, cells, cells, 8), 0 to 1.
    """
    maps = gradient_maps(scaled_chips(grey, scale))
    means = tf.nn.avg_pool2d(tf.nn.avg_pool2d(maps, (cell, 1), 1, "VALID"), (1, cell), 1, "VALID")
    first, width = corners(places, scale), means.shape[2]
    along = np.arange(cells) * cell
    inside = (along[:, None] * width + along).ravel()
    index = (first[..., 1] * width + first[..., 0])[..., tf.newaxis] + inside.astype(np.int32)
    flat = tf.reshape(means, (-1, means.shape[1] * width, ORIENTATIONS))
    found = tf.gather(flat, tf.reshape(index, (tf.shape(grey)[0], -1)), batch_dims=1)
    found = tf.reshape(found, (-1, places.shape[1], cells * cells * ORIENTATIONS))
    shares = found / (tf.norm(found, axis=-1, keepdims=True) + FLAT)
    return tf.reshape(tf.sqrt(shares), (-1, places.shape[1], cells, cells, ORIENTATIONS))


@lru_cache(maxsize=1)
def mirrored_orientations() -> np.ndarray:
    """The direction that each of the 8 has in the mirror image: int32 (8,), its own inverse."""
    return ((ORIENTATIONS // 2 - np.arange(ORIENTATIONS)) % ORIENTATIONS).astype(np.int32)
