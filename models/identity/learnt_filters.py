"""Patterns of filters that the faces themselves taught (BSIF), and how they are learnt.

Kannala and Rahtu, "BSIF: binarized statistical image features" (ICPR 2012): each filter's response to a
pixel's surroundings is one bit of its code. The filters are independent components of pieces of faces, so
that the bits say as much as they can.

A bit turns where a response is 0, which it is wherever a picture is flat. So filters are whole numbers and
grey levels whole eighths: every response is exact, and the same in whatever order it is added up.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.local_binary_patterns import histograms
from models.identity.registered_patches import SQUARE, corners, scaled_chips
from models.tensors import Tensor

FILTERS = 8  # bits of a code
SIDE = 7  # pixels of a filter
CODES = 2**FILTERS
CELL = 16  # pixels: a cell of half the side would have a quarter of a pixel a code
CELLS = SQUARE // CELL
TAUGHT_AT = 0.55  # the middle scale, for all
PIECES = 60_000  # that teach the filters
ITERATIONS = 200  # at most
CONVERGED = 1e-4  # by how much a filter's direction may still turn: 1 less its cosine
FLAT = 1e-6  # grey levels squared: a variance below is none
LARGEST = 127  # of a filter's whole numbers
PARTS = 8  # of a grey level: 255 * 8 is below 2^11, and 49 products of it and 127 below 2^24


def learn_filters(grey: np.ndarray, seed: int) -> np.ndarray:
    """Filters (8, 7, 7) float32 of registered chips (n, 192, 192) uint8: independent components of pieces.

    Pieces lie all over the chips, at most 512 of them evenly spread. Each has mean 0; their first eight
    principal axes are whitened, and turned until they are independent. They are whole numbers, -127 to 127,
    and the sum of each is 0.
    """
    some = grey[:: -(-len(grey) // 512)]
    pictures = scaled_chips(tf.cast(some, tf.float32), TAUGHT_AT).numpy()
    generator = np.random.default_rng(seed)
    edge = (pictures.shape[1] - round(grey.shape[1] * TAUGHT_AT)) // 2
    chip = generator.integers(len(pictures), size=PIECES)
    down, across = generator.integers(edge, pictures.shape[1] - edge - SIDE, size=(2, PIECES))
    along = np.arange(SIDE)
    pieces = pictures[
        chip[:, None, None], down[:, None, None] + along[:, None], across[:, None, None] + along
    ]
    flat = pieces.reshape(PIECES, -1).astype(np.float64)
    flat -= flat.mean(axis=1, keepdims=True)
    flat -= flat.mean(axis=0)
    values, axes = np.linalg.eigh(flat.T @ flat / PIECES)
    white = axes[:, -FILTERS:] / np.sqrt(np.maximum(values[-FILTERS:], FLAT))
    return whole((white @ independent(flat @ white, generator)).T).reshape(FILTERS, SIDE, SIDE)


def whole(filters: np.ndarray) -> np.ndarray:
    """Filters (k, p) without their means, in whole numbers of -127 to 127, each of sum 0: float32 (k, p)."""
    centred = filters - filters.mean(axis=1, keepdims=True)
    scaled = centred * (LARGEST - 1) / np.maximum(np.abs(centred).max(axis=1, keepdims=True), FLAT)
    rounded = np.round(scaled)
    for row, exact in zip(rounded, scaled, strict=True):
        over = round(row.sum())
        furthest = np.argsort((exact - row) * np.sign(over), kind="stable")[: abs(over)]
        row[furthest] -= np.sign(over)  # those that were rounded away from the sum's 0 the most
    return rounded.astype(np.float32)


def independent(white: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The rotation (k, k) after which columns of white rows (n, k) are as independent as they can be.

    FastICA, all at once, with tanh (Hyvärinen, IEEE Trans. Neural Networks 10(3), 1999). After 200 steps
    without an end the last rotation is as good a set of filters as any.
    """
    turn = np.linalg.qr(generator.standard_normal((white.shape[1],) * 2))[0]
    for _ in range(ITERATIONS):
        bent = np.tanh(white @ turn)
        wanted = white.T @ bent / len(white) - turn * (1 - np.square(bent)).mean(axis=0)
        left, _, right = np.linalg.svd(wanted)
        last, turn = turn, left @ right
        if np.abs(np.abs((last * turn).sum(axis=0)) - 1).max() < CONVERGED:
            break
    return turn


def filter_codes(grey: Tensor, filters: Tensor) -> Tensor:
    """Codes of every pixel that has a whole piece around it, and those of the mirror image in its place.

    Args:
        grey: (B, H, W) float32, 0 to 255; what is less than an eighth is rounded.
        filters: (8, 7, 7) float32, of ``learn_filters``.

    Returns:
        int32 (B, H - 6, W - 6, 2), 0 to 255; the second is what the pixel would have if the picture were
        mirrored.
    """
    both = tf.concat([filters, tf.reverse(filters, axis=[2])], axis=0)
    kernel = tf.transpose(both, (1, 2, 0))[:, :, tf.newaxis]
    parts = tf.round(grey * PARTS)[..., tf.newaxis]
    bits = tf.cast(tf.nn.conv2d(parts, kernel, 1, "VALID") > 0, tf.int32)
    powers = (2 ** np.arange(FILTERS)).astype(np.int32)
    own, mirrored = (tf.reduce_sum(part * powers, axis=-1) for part in tf.split(bits, 2, axis=-1))
    return tf.stack([own, mirrored], axis=-1)


def face_filters(grey: Tensor, places: Tensor, own: Tensor, filters: Tensor, scale: float) -> Tensor:
    """Square roots of the shares of codes in four cells around each place, of a face and its mirror image.

    Args:
        grey: chips (B, 192, 192) float32, 0 to 255.
        places: (B, 27, 2) float32, x and y in chip pixels.
        own: (B, 17) float32, the share of the face itself in the mean at each place, 0 to 1.
        filters: of ``learn_filters``.
        scale: one of ``registered_patches.SCALES``.

    Returns:
        float32 (B, 17, 1024), 0 to 1.
    """
    codes = filter_codes(scaled_chips(grey, scale, SIDE // 2), filters)
    first = corners(places, scale)
    here = histograms(codes[..., 0], first[:, :DISTINCT], CELL, CELLS, CODES)
    there = histograms(codes[..., 1], tf.gather(first, MIRRORED[:DISTINCT], axis=1), CELL, CELLS, CODES)
    weights = tf.reshape(own, (-1, DISTINCT, 1, 1, 1))
    both = tf.sqrt(here) * weights + tf.sqrt(tf.reverse(there, axis=[3])) * (1 - weights)
    return tf.reshape(both / CELL, (-1, DISTINCT, CELLS * CELLS * CODES))
