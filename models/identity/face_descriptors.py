"""High-dimensional descriptors of a face: histograms around 27 places at five scales.

Local binary patterns are those of Chen, Cao, Wen and Sun, "Blessing of dimensionality: high-dimensional
feature and its efficient compression for face verification" (CVPR 2013).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.learnt_filters import CELLS as FILTER_CELLS
from models.identity.learnt_filters import CODES, face_filters
from models.identity.local_binary_patterns import N_CODES, histograms, mirrored_codes, uniform_codes
from models.identity.oriented_gradients import ORIENTATIONS, face_gradients, mirrored_orientations
from models.identity.registered_patches import SCALES, SQUARE, corners, scaled_chips
from models.tensors import Tensor

RADII = dict(zip(SCALES, (2, 2, 2, 1, 1), strict=True))  # of the circle of neighbours, in the scale's pixels
CELL = 8
CELLS = SQUARE // CELL
GRADIENTS = 1.9  # times: so that faces differ as much in gradients as in patterns (LFW and CelebA)
FILTERED = 2.8  # times: the same for the patterns of learnt filters, beside both together
BLOCK_SIZE = CELLS * CELLS * (N_CODES + ORIENTATIONS) + FILTER_CELLS * FILTER_CELLS * CODES


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


def pattern_shares(counts: Tensor) -> Tensor:
    """Of ``face_histograms`` (B, P, s, 4, 4, 59) the square roots of each cell's shares, 0 to 1."""
    return tf.sqrt(tf.cast(counts, tf.float32)) / CELL


def symmetric(described: Tensor, mirrored_bins: np.ndarray, own: Tensor) -> Tensor:
    """The mean of a face's and its mirror image's descriptors, without looking at that image.

    The mirror image has the same histograms in other places: what is at the left eye comes to be at the right
    one, cells in reverse, bins mirrored. Of each pair of places one is kept.

    Args:
        described: (B, 27, s, 4, 4, k), histograms of k bins in each cell, at s scales.
        mirrored_bins: (k,), which bin each is in the mirror image.
        own: (B, 17) float32, the share of the face itself in the mean at each place, 0 to 1.

    Returns:
        float32 (B, 17 * s, 16 * k): 17 places times s scales.
    """
    other = tf.reverse(tf.gather(described, MIRRORED[:DISTINCT], axis=1), axis=[4])
    other = tf.gather(other, mirrored_bins, axis=5)
    weights = tf.reshape(own, (-1, DISTINCT, 1, 1, 1, 1))
    both = described[:, :DISTINCT] * weights + other * (1 - weights)
    return tf.reshape(both, (-1, DISTINCT * described.shape[2], np.prod(described.shape[3:])))


def face_blocks(
    grey: Tensor, places: Tensor, own: Tensor, filters: Tensor, scales: Sequence[float] = SCALES
) -> Tensor:
    """Local binary patterns, oriented gradients and patterns of learnt filters: float32 (B, 17 * s, 2096).

    Args:
        grey, places, scales: as for ``face_histograms``.
        own: as for ``symmetric``.
        filters: as for ``face_filters``.
    """
    patterns = pattern_shares(face_histograms(grey, places, scales))
    gradients = [face_gradients(grey, places, scale, CELL, CELLS) for scale in scales]
    filtered = [face_filters(grey, places, own, filters, scale) for scale in scales]
    parts = (
        symmetric(patterns, mirrored_codes(), own),
        symmetric(tf.stack(gradients, axis=2), mirrored_orientations(), own) * GRADIENTS,
        tf.reshape(tf.stack(filtered, axis=2), (-1, DISTINCT * len(scales), filtered[0].shape[-1]))
        * FILTERED,
    )
    return tf.concat(parts, axis=-1)
