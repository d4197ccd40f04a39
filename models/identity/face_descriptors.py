"""High-dimensional local binary patterns of a face: histograms around 27 places at five scales.

Chen, Cao, Wen and Sun, "Blessing of dimensionality: high-dimensional feature and its efficient compression
for face verification" (CVPR 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.local_binary_patterns import N_CODES, histograms, mirrored_codes, uniform_codes
from models.identity.registered_patches import SCALES, SQUARE, corners, scaled_chips
from models.tensors import Tensor

RADII = dict(zip(SCALES, (2, 2, 2, 1, 1), strict=True))  # of the circle of neighbours, in the scale's pixels
CELL = 8
CELLS = SQUARE // CELL
BLOCK_SIZE = CELLS * CELLS * N_CODES


def face_histograms(grey: Tensor, places: Tensor, scales: Sequence[float] = SCALES) -> Tensor:
    """Counts of codes around each place at each scale.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.
        places: (B, 27, 2) float32, x and y in chip pixels.
        scales: s of ``SCALES``.

    Returns:
        float32 (B, 27, s, 4, 4, 59), whole numbers from 0 to 64.
    """
    found = []
    for scale in scales:
        radius = RADII[scale]
        codes = uniform_codes(scaled_chips(grey, scale, radius), radius)
        found.append(histograms(codes, corners(places, scale), CELL, CELLS))
    return tf.stack(found, axis=2)


def symmetric_blocks(counts: Tensor, own: Tensor) -> Tensor:
    """The mean of a face's and its mirror image's descriptors, without looking at that image.

    Of a histogram the square root of shares. The mirror image has the same histograms in other places: what
    is at the left eye comes to be at the right one, cells in reverse, codes mirrored. Of each pair of places
    one is kept.

    Args:
        counts: (B, 27, s, 4, 4, 59), of ``face_histograms`` at s scales.
        own: (B, 17) float32, the share of the face itself in the mean at each place, 0 to 1.

    Returns:
        float32 (B, 17 * s, 944): 17 places times s scales, each a block.
    """
    shares = tf.sqrt(tf.cast(counts, tf.float32)) / CELL
    other = tf.reverse(tf.gather(shares, MIRRORED[:DISTINCT], axis=1), axis=[4])
    other = tf.gather(other, mirrored_codes(), axis=5)
    weights = own[:, :, tf.newaxis, tf.newaxis, tf.newaxis, tf.newaxis]
    both = shares[:, :DISTINCT] * weights + other * (1 - weights)
    return tf.reshape(both, (-1, DISTINCT * counts.shape[2], BLOCK_SIZE))
