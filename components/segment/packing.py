"""The ten regions of a face as its classifier sees it, packed into some 600 bytes (P2, chapter 4)."""

from __future__ import annotations

import zlib

import numpy as np

from components.segment.regions import region
from schemas.face_regions import REGIONS

Size = tuple[int, int]  # height and width


def regions_of(points: np.ndarray, seen: Size) -> np.ndarray:
    """The ten regions of a face with points (68, 2), in pixels of a picture of ``seen``: bool (10, h, w)."""
    return np.stack([region(name, points, seen) for name in REGIONS])


def nearest(regions: np.ndarray, size: Size) -> np.ndarray:
    """Regions (10, h, w) bool at another size, each pixel that of the nearest one: bool (10, *size)."""
    high, wide = (
        ((np.arange(small) + 0.5) * large / small).astype(int)
        for small, large in zip(size, regions.shape[1:], strict=True)
    )
    found: np.ndarray = regions[:, high[:, None], wide[None, :]]
    return found


def packed(regions: np.ndarray) -> bytes:
    """Regions (10, h, w) bool in bits, eight a byte, row after row and region after region, deflated."""
    return zlib.compress(np.packbits(regions.reshape(len(regions), -1), axis=1).tobytes(), 9)


def unpacked(data: bytes, size: Size) -> np.ndarray:
    """What ``packed`` packed, bool (10, *size)."""
    flat = np.frombuffer(zlib.decompress(data), np.uint8).reshape(len(REGIONS), -1)
    bits = np.unpackbits(flat, axis=1)[:, : size[0] * size[1]]
    return bits.reshape(len(REGIONS), *size).astype(bool)
