"""What a photo and crops of it look like, in few numbers; nothing here is learned."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

SIDE = 160  # of the grey square that a photo is squeezed to: a tenth of it is a whole number of pixels
BLOCKS = 16  # of a side, whose means are transformed
FREQUENCIES = 8  # of a side
SPANS = ((0.0, 1.0), (0.0, 0.9), (0.05, 0.95), (0.1, 1.0))  # where a crop may begin and end
LENGTH = FREQUENCIES**2 - 1  # of a descriptor
CROPS = tuple(
    (*across, *down) for down in SPANS for across in SPANS
)  # left, right, top, bottom; the whole first
WHITENING = (
    0.75  # a natural picture's amplitude falls about as 1 / frequency (Field 1987); this takes most of it
)


def squeezed(pixels: np.ndarray, side: int = SIDE) -> np.ndarray:
    """A photo (h, w, 3) uint8 RGB as a grey square (side, side) float32, 0 to 255, of any proportions."""
    height, width = pixels.shape[:2]
    while min(height, width) > 4 * side:  # half by half, which is exact for the area and spares a float copy
        pixels = cv2.resize(pixels, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        height, width = pixels.shape[:2]
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return _resized(grey, side)


def _resized(grey: np.ndarray, side: int) -> np.ndarray:
    larger = min(grey.shape) >= side
    out: np.ndarray = cv2.resize(
        grey, (side, side), interpolation=cv2.INTER_AREA if larger else cv2.INTER_LINEAR
    )
    return out


def descriptors(grey: np.ndarray) -> np.ndarray:
    """The descriptors (16, 63) float32 of the crops ``CROPS`` of a grey square (160, 160), each of length 1.

    They are the lowest frequencies of a cosine transform (DCT-II) without the mean, weighted so that all
    count about alike, and scaled to length 1: brightness and contrast say nothing. A crop of one colour
    is all 0.
    """
    rows = _transforms().reshape(-1, SIDE)
    spans = len(SPANS)
    both = (rows @ grey.astype(np.float32) @ rows.T).reshape(spans, FREQUENCIES, spans, FREQUENCIES)
    weighted = both.transpose(0, 2, 1, 3).reshape(len(CROPS), FREQUENCIES**2)[:, 1:] * _weights()
    lengths = np.linalg.norm(weighted, axis=1, keepdims=True)
    flat = lengths < 1e-3 * BLOCKS
    out: np.ndarray = np.where(flat, 0, weighted / np.maximum(lengths, 1e-9)).astype(np.float32)
    return out


def mirrored(described: np.ndarray) -> np.ndarray:
    """The descriptors (..., 63) of the same crops' mirror images: odd horizontal frequencies change sign."""
    out: np.ndarray = described * _signs()
    return out


@cache
def _transforms() -> np.ndarray:
    """Maps (4, 8, 160) from a line of pixels to the lowest frequencies of each of ``SPANS``."""
    count = np.arange(BLOCKS)
    cosines = np.cos(np.pi / BLOCKS * (count[None] + 0.5) * np.arange(FREQUENCIES)[:, None])
    cosines *= np.sqrt(np.where(np.arange(FREQUENCIES) == 0, 1, 2) / BLOCKS)[:, None]
    out = np.zeros((len(SPANS), FREQUENCIES, SIDE), np.float32)
    for number, (start, end) in enumerate(SPANS):
        first, last = round(start * SIDE), round(end * SIDE)
        block = (np.arange(last - first) * BLOCKS) // (last - first)
        out[number, :, first:last] = cosines[:, block] * BLOCKS / (last - first)
    return out


@cache
def _weights() -> np.ndarray:
    down, across = np.mgrid[:FREQUENCIES, :FREQUENCIES]
    weights: np.ndarray = (np.hypot(down, across).ravel()[1:] ** WHITENING).astype(np.float32)
    return weights


@cache
def _signs() -> np.ndarray:
    across = np.tile(np.arange(FREQUENCIES), FREQUENCIES)[1:]
    return np.where(across % 2, -1, 1).astype(np.float32)
