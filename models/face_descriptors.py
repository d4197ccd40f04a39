"""High-dimensional local binary patterns of a face: histograms around 27 places at five scales.

Chen, Cao, Wen and Sun, "Blessing of dimensionality: high-dimensional feature and its efficient compression
for face verification" (CVPR 2013).
"""

import numpy as np
import tensorflow as tf

from models.face_places import DISTINCT, MIRRORED, PLACES
from models.local_binary_patterns import N_CODES, histograms, mirrored_codes, uniform_codes
from models.preprocessing import CHIP_SIZE

SCALES = ((1.0, 2), (0.75, 2), (0.55, 2), (0.4, 1), (0.3, 1))  # of the chip, with the radius of the circle
CELL, CELLS = 8, 4
SQUARE = CELL * CELLS
OUTSIDE = 8  # pixels that a place may lie outside of the scaled chip
GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601
COUNTS_SHAPE = (len(PLACES), len(SCALES), CELLS, CELLS, N_CODES)
BLOCKS = DISTINCT * len(SCALES)
BLOCK_SIZE = CELLS * CELLS * N_CODES


def grey_levels(images):
    """Images (B, H, W, 3) in [0, 1] to whole grey levels (B, H, W) float32, 0 to 255."""
    return tf.round(tf.tensordot(tf.cast(images, tf.float32) * 255.0, tf.constant(GREY), 1))


def face_histograms(grey, places):
    """Counts of codes around each place at each scale.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.
        places: (B, 27, 2) float32, x and y in chip pixels.

    Returns:
        float32 (B, 27, 5, 4, 4, 59), whole numbers from 0 to 64.
    """
    return tf.stack([scaled_histograms(grey, places, *scale) for scale in SCALES], axis=2)


def scaled_histograms(grey, places, scale, radius):
    """``face_histograms`` of one scale: (B, 27, 4, 4, 59); by the chip's scale, and the radius in pixels."""
    side = round(CHIP_SIZE * scale)
    if side != CHIP_SIZE:
        grey = tf.image.resize(grey[..., tf.newaxis], (side, side), antialias=True)[..., 0]
    border = SQUARE // 2 + OUTSIDE
    around = border + radius
    codes = uniform_codes(tf.pad(grey, [[0, 0], [around, around], [around, around]], "SYMMETRIC"), radius)
    corners = tf.round((places + 0.5) * scale - SQUARE / 2) + border
    corners = tf.clip_by_value(tf.cast(corners, tf.int32), 0, side + 2 * border - SQUARE)
    return histograms(codes, corners, CELL, CELLS)


def symmetric_blocks(counts):
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


def symmetric_block(counts, block):
    """``symmetric_blocks`` of one block, in NumPy: counts (n, 27, 5, 4, 4, 59) to float32 (n, 944)."""
    place, scale = divmod(block, len(SCALES))
    own, other = (np.sqrt(counts[:, p, scale], dtype=np.float32) for p in (place, MIRRORED[place]))
    both = own + other[:, :, ::-1][..., mirrored_codes()]
    return both.reshape(len(counts), -1) / (2 * CELL)
