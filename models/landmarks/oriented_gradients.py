"""Blurred maps of oriented gradients of a face, and descriptors around points of it.

It follows Tola, Lepetit and Fua, "DAISY: an efficient dense descriptor applied to wide-baseline stereo" (PAMI
2010): the further out a sample is, the more its map is blurred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import tensorflow as tf

from models.tensors import Tensor
from schemas.face import CHIP_SIZE
from schemas.landmarks import MIRRORED, N_POINTS

ORIENTATIONS = 8
AROUND = 32  # pixels mirrored on every side of the chip, because a jaw may reach beyond it
STRIDES = (2, 4, 8)  # chip pixels between the values of each map
# For each ring: its radius in chip pixels, its number of samples, and the map that they are taken from.
RINGS = ((0, 1, 0), (6, 6, 0), (14, 6, 1), (28, 6, 2))
SAMPLES = sum(count for _, count, _ in RINGS)
LENGTH = N_POINTS * SAMPLES * ORIENTATIONS
FLAT = 1.0  # squared grey levels per pixel, below which a gradient counts as noise
BINOMIAL = np.outer([0.25, 0.5, 0.25], [0.25, 0.5, 0.25]).astype(np.float32)


def gradient_maps(grey: Tensor) -> list[Tensor]:
    """Measures how much the grey levels rise in each of 8 directions, at three scales.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.

    Returns:
        A list of float32 (B, side, side, 8), by ``STRIDES``; the sides are (192 + 2 * 32) / stride.
    """
    around = [[0, 0], [AROUND, AROUND], [AROUND, AROUND]]
    wide = tf.pad(grey, around, "SYMMETRIC")[..., tf.newaxis]
    halved = tf.pad(tf.nn.avg_pool2d(wide, 2, 2, "VALID"), [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC")
    rising = tf.nn.relu(tf.nn.conv2d(halved, direction_kernel(), 1, "VALID"))
    blur = tf.constant(np.tile(BINOMIAL[:, :, None, None], (1, 1, ORIENTATIONS, 1)))
    maps = []
    for _ in STRIDES:
        rising = tf.nn.depthwise_conv2d(rising, blur, (1, 1, 1, 1), "SAME")
        maps.append(rising)
        rising = tf.nn.avg_pool2d(rising, 2, 2, "VALID")
    return maps


@lru_cache(maxsize=1)
def direction_kernel() -> np.ndarray:
    """A kernel (3, 3, 1, 8) float32 for the slope in each direction: first right, then turning downwards."""
    across = np.tile([-1.0, 0.0, 1.0], (3, 1)) / 6
    angles = 2 * math.pi * np.arange(ORIENTATIONS) / ORIENTATIONS
    return (across[..., None] * np.cos(angles) + across.T[..., None] * np.sin(angles))[:, :, None].astype(
        np.float32
    )


@lru_cache(maxsize=len(RINGS))
def ring(radius: int, count: int) -> np.ndarray:
    """Offsets (count, 2) float32 of a ring's samples, x and y; the first one points upwards."""
    angles = 2 * math.pi * np.arange(count) / count
    return (radius * np.stack([np.sin(angles), -np.cos(angles)], axis=1)).astype(np.float32)


def descriptors(maps: Sequence[Tensor], points: Tensor) -> Tensor:
    """Samples the maps on rings around each point; every ring is scaled to the same loudness.

    Args:
        maps: what ``gradient_maps`` returned.
        points: (B, 68, 2) float32, x and y in chip pixels.

    Returns:
        float32 (B, LENGTH): point by point, ring by ring, sample by sample.
    """
    rings = []
    for radius, count, level in RINGS:
        places = tf.reshape(points[:, :, tf.newaxis] + ring(radius, count), (-1, N_POINTS * count, 2))
        values = tf.reshape(
            values_at(maps[level], places, STRIDES[level]), (-1, N_POINTS, count * ORIENTATIONS)
        )
        loudness = tf.reduce_mean(tf.square(values), axis=-1, keepdims=True)
        rings.append(values * tf.math.rsqrt(loudness + FLAT))
    return tf.reshape(tf.concat(rings, axis=-1), (-1, LENGTH))


def values_at(one_map: Tensor, places: Tensor, stride: int) -> Tensor:
    """Bilinear values (B, n, 8) of a map at places (B, n, 2) in chip pixels; outside, those at its edge."""
    side = (CHIP_SIZE + 2 * AROUND) // stride
    along = tf.clip_by_value((places + AROUND + 0.5) / stride - 0.5, 0.0, side - 1.001)
    first = tf.floor(along)
    share = along - first
    first = tf.cast(first, tf.int32)
    flat = tf.reshape(one_map, (-1, side * side, ORIENTATIONS))
    index = first[..., 1] * side + first[..., 0]
    right, down = share[..., :1], share[..., 1:]

    def row(offset: int) -> Tensor:
        left_one, right_one = (tf.gather(flat, index + offset + one, batch_dims=1) for one in (0, 1))
        return left_one * (1 - right) + right_one * right

    return row(0) * (1 - down) + row(side) * down


@lru_cache(maxsize=1)
def mirrored_descriptor() -> np.ndarray:
    """The place in a face's own descriptor of each number of its mirror image's descriptor: int (LENGTH,)."""
    direction = (ORIENTATIONS // 2 - np.arange(ORIENTATIONS)) % ORIENTATIONS
    samples: list[int] = []
    before = 0
    for _, count, _ in RINGS:
        samples.extend(before + (-np.arange(count)) % count)
        before += count
    within = (np.array(samples)[:, None] * ORIENTATIONS + direction).ravel()
    return (np.array(MIRRORED)[:, None] * len(within) + within).ravel()
