"""Uniform local binary patterns as TensorFlow ops, and their histograms around places of a picture."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import tensorflow as tf

from models.identity.registered_patches import squares
from models.tensors import Tensor

NEIGHBOURS = 8
N_CODES = NEIGHBOURS * (NEIGHBOURS - 1) + 3  # 59: 58 uniform patterns, and one for all others
TIE = 1e-3  # grey levels that a neighbour may lie below the middle by rounding and still count as equal


def uniform_codes(grey: Tensor, radius: int) -> Tensor:
    """The code of every pixel that has a whole circle around it (Ojala, Pietikäinen and Mäenpää 2002).

    Args:
        grey: (B, H, W) float32, 0 to 255.
        radius: of the circle of 8 neighbours, in pixels, a whole number; those off the grid are bilinear.

    Returns:
        int32 (B, H - 2 radius, W - 2 radius), 0 to 58: 0 none of the neighbours is as light as the middle, 57
        all are, 58 the circle changes more than twice. Numbered as scikit-image's "nri_uniform".
    """
    differences = tf.nn.conv2d(grey[..., tf.newaxis], circle_kernel(radius), 1, "VALID")
    bits = tf.cast(differences >= -TIE, tf.uint8)  # a quarter of the memory of int32
    numbers = tf.reduce_sum(bits * (2 ** np.arange(NEIGHBOURS)).astype(np.uint8), axis=-1)
    return tf.gather(uniform_numbers(), tf.cast(numbers, tf.int32))


@lru_cache(maxsize=4)
def circle_kernel(radius: int) -> np.ndarray:
    """Each neighbour minus the middle, as a kernel (2r + 1, 2r + 1, 1, 8) float32; radius from 1."""
    side = 2 * radius + 1
    kernel = np.zeros((side + 1, side + 1, NEIGHBOURS))
    for i in range(NEIGHBOURS):
        angle = 2 * math.pi * i / NEIGHBOURS
        row, column = (
            round(radius + value, 5) for value in (-radius * math.sin(angle), radius * math.cos(angle))
        )
        top, left = math.floor(row), math.floor(column)
        for y, share in ((top, 1 - row + top), (top + 1, row - top)):
            kernel[y, left, i] += share * (1 - column + left)
            kernel[y, left + 1, i] += share * (column - left)
    kernel[radius, radius] -= 1
    return kernel[:side, :side, None].astype(np.float32)


@lru_cache(maxsize=1)
def uniform_numbers() -> np.ndarray:
    """The code of each of the 256 patterns, neighbour i as bit i: int32 (256,)."""
    codes = np.full(2**NEIGHBOURS, N_CODES - 1, np.int32)
    for pattern in range(2**NEIGHBOURS):
        bits = [pattern >> i & 1 for i in range(NEIGHBOURS)]
        ones = sum(bits)
        if sum(bits[i] != bits[i - 1] for i in range(1, NEIGHBOURS)) > 2:
            continue
        if ones in (0, NEIGHBOURS):
            codes[pattern] = 0 if ones == 0 else N_CODES - 2
        elif sum(bits[i] != bits[i - 1] for i in range(NEIGHBOURS)) <= 2:
            turned = ones - bits.index(0) if bits[0] else NEIGHBOURS - bits.index(1)
            codes[pattern] = 1 + (ones - 1) * NEIGHBOURS + turned
    return codes


@lru_cache(maxsize=1)
def mirrored_codes() -> np.ndarray:
    """The code that each of the 59 has in the mirror image: int32 (59,), its own inverse."""
    numbers, mirrored = uniform_numbers(), np.full(N_CODES, N_CODES - 1, np.int32)
    for pattern in range(2**NEIGHBOURS):
        other = sum((pattern >> i & 1) << (NEIGHBOURS // 2 - i) % NEIGHBOURS for i in range(NEIGHBOURS))
        if numbers[pattern] < N_CODES - 1:
            mirrored[numbers[pattern]] = numbers[other]
    return mirrored


def histograms(codes: Tensor, corners: Tensor, cell: int, cells: int, n_codes: int = N_CODES) -> Tensor:
    """How often each code occurs in each cell of a square of cells.

    Args:
        codes: (B, H, W) int32, 0 to n_codes - 1.
        corners: (B, P, 2) int32, x and y of each square's first pixel; the squares lie inside.
        cell: side of a cell in pixels.
        cells: cells along a side of the square.
        n_codes: how many codes there are.

    Returns:
        float32 (B, P, cells, cells, n_codes), rows of cells first; each cell's counts sum to cell * cell.
    """
    side = cell * cells
    along = np.arange(side)
    numbers = (along[:, None] // cell * cells + along // cell) * n_codes
    size = cells * cells * n_codes
    count = tf.shape(codes)[0] * corners.shape[1]
    bins = tf.reshape(squares(codes, corners, side), (count, side**2)) + numbers.ravel().astype(np.int32)
    bins += tf.range(count)[:, tf.newaxis] * size
    counts = tf.math.unsorted_segment_sum(tf.ones_like(bins, tf.float32), bins, count * size)
    return tf.reshape(counts, (-1, corners.shape[1], cells, cells, n_codes))
