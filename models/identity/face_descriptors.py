"""High-dimensional local binary patterns of a face: histograms around 27 places at five scales.

Chen, Cao, Wen and Sun, "Blessing of dimensionality: high-dimensional feature and its efficient compression
for face verification" (CVPR 2013).
"""

from __future__ import annotations

import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.local_binary_patterns import N_CODES, histograms, mirrored_codes, uniform_codes
from models.identity.registered_patches import BLOCKS, SCALES, SQUARE, corners, scaled_chips
from models.tensors import Tensor

RADII = (2, 2, 2, 1, 1)  # of the circle of neighbours at each scale, in its pixels
CELL = 8
CELLS = SQUARE // CELL
BLOCK_SIZE = CELLS * CELLS * N_CODES


def face_histograms(grey: Tensor, places: Tensor) -> Tensor:
    """Counts of codes around each place at each scale.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.
        places: (B, 27, 2) float32, x and y in chip pixels.

    Returns:
        float32 (B, 27, 5, 4, 4, 59), whole numbers from 0 to 64.
    """
    found = []
    for scale, radius in zip(SCALES, RADII, strict=True):
        codes = uniform_codes(scaled_chips(grey, scale, radius), radius)
        found.append(histograms(codes, corners(places, scale), CELL, CELLS))
    return tf.stack(found, axis=2)


def symmetric_blocks(counts: Tensor) -> Tensor:
    """The mean of a face's and its mirror image's descriptors, without looking at that image.

    Of a histogram the square root of shares. The mirror image has the same histograms in other places: what
    is at the left eye comes to be at the right one, cells in reverse, codes mirrored. Of each pair of places
    one is kept.

    Args:
        counts: (B, 27, 5, 4, 4, 59), of ``face_histograms``.

    Returns:
        float32 (B, 85, 944): 17 places times 5 scales, each a block.
    """
    shares = tf.sqrt(tf.cast(counts, tf.float32)) / CELL
    other = tf.reverse(tf.gather(shares, MIRRORED[:DISTINCT], axis=1), axis=[4])
    other = tf.gather(other, mirrored_codes(), axis=5)
    return tf.reshape((shares[:, :DISTINCT] + other) / 2, (-1, BLOCKS, BLOCK_SIZE))
