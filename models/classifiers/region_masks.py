"""Masks of attributes from the packed regions of faces, as tensors (P2, chapter 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from keras import ops

from models.tensors import Tensor
from schemas.attribute_regions import regions_of
from schemas.face_regions import REGIONS
from schemas.labelled_face import packed_bytes


def membership(targets: Sequence[str]) -> np.ndarray:
    """Which of the ten regions each column shows itself in: float32 (10, n), 1 or 0."""
    return np.array([[name in regions_of(one) for one in targets] for name in REGIONS], np.float32)


def unpacked(packed: Tensor, shape: tuple[int, int]) -> Tensor:
    """Which pixels lie in which region: packed (B, 10, bytes) uint8 to (B, h, w, 10) float32, 1 or 0.

    ``shape`` is (h, w). The first pixel of a byte is its highest bit.
    """
    bits = ops.cast(packed, "int32")[..., None] // ops.convert_to_tensor([128, 64, 32, 16, 8, 4, 2, 1])
    flat = ops.reshape(ops.cast(bits % 2, "float32"), (-1, len(REGIONS), 8 * packed_bytes(shape)))
    pixels = ops.reshape(flat[:, :, : shape[0] * shape[1]], (-1, len(REGIONS), *shape))
    return ops.transpose(pixels, (0, 2, 3, 1))


def masks(regions: Tensor, targets: Tensor, member: Tensor) -> tuple[Tensor, Tensor]:
    """The mask of each column, and whether it is known.

    A mask is the union of the column's regions where the answer is yes, and 0 where it is no. Of an answer
    that is not known, and of a face whose regions are not (all are empty), it is unknown.

    Args:
        regions: (B, h, w, 10) float32 of ``unpacked``.
        targets: (B, n), 1 yes, 0 no, -1 unknown.
        member: (10, n) of ``membership``.

    Returns:
        Masks (B, h, w, n) float32 of 0 and 1, and (B, n) float32, 1 where a mask is known.
    """
    union = ops.minimum(ops.matmul(regions, ops.cast(member, "float32")), 1.0)
    targets = ops.cast(targets, "float32")
    yes = ops.maximum(targets, 0.0)
    seen = ops.cast(ops.any(regions > 0, axis=(1, 2, 3)), "float32")
    return union * yes[:, None, None], ops.cast(targets >= 0, "float32") * seen[:, None]
