"""Random affine views of a batch of pictures: turned, moved, larger or smaller, sheared, perhaps mirrored.

One linear map a picture, read by bilinear interpolation inside the graph; what lies outside of a picture is
that of its edge.
"""

from __future__ import annotations

import math

import keras
from keras import ops

from models.subspaces.view_limits import ViewLimits
from models.tensors import Tensor


def affine_views(images: Tensor, limits: ViewLimits, seed: keras.random.SeedGenerator) -> Tensor:
    """One random view of each of images (B, h, w, c) float32, of the same shape."""
    count = ops.shape(images)[0]

    def drawn(limit: float) -> Tensor:
        return keras.random.uniform((count,), -limit, limit, seed=seed)

    angle, zoom = drawn(math.radians(limits.rotation)), 1.0 + drawn(limits.scale)
    sheared, down, across = drawn(limits.shear), drawn(limits.shift), drawn(limits.shift)
    mirror = ops.ones_like(angle)
    if limits.mirrored:
        mirror = ops.where(drawn(1.0) < 0, -mirror, mirror)
    return moved(images, matrices(angle, zoom, sheared, mirror), ops.stack([across, down], axis=1))


def matrices(angle: Tensor, zoom: Tensor, shear: Tensor, mirror: Tensor) -> Tensor:
    """Where a view reads: maps (B, 2, 2) from its (x, y), from the middle, to those of the picture.

    ``angle`` in radians, and ``mirror`` 1 or -1, are (B,) as the others.
    """
    cos, sin = ops.cos(angle), ops.sin(angle)
    rows = [cos * mirror, shear * cos - sin, sin * mirror, shear * sin + cos]
    return ops.reshape(ops.stack(rows, axis=1), (-1, 2, 2)) / zoom[:, None, None]


def moved(images: Tensor, maps: Tensor, shifts: Tensor) -> Tensor:
    """Images (B, h, w, c) read at ``maps`` (B, 2, 2) of their places, moved by shares (B, 2) of their sides.

    The first of two coordinates goes across and the second down; ``shifts`` too.
    """
    height, width = images.shape[1:3]
    middle = ops.convert_to_tensor([(width - 1) / 2, (height - 1) / 2], "float32")
    sides = ops.convert_to_tensor([width, height], "float32")
    offset = middle - ops.squeeze(ops.matmul(maps, middle[:, None]), 2) + shifts * sides
    bottom = ops.zeros_like(offset)
    transform = ops.concatenate([maps[:, 0], offset[:, :1], maps[:, 1], offset[:, 1:], bottom], axis=1)
    return ops.image.affine_transform(
        images, transform, interpolation="bilinear", fill_mode="nearest", data_format="channels_last"
    )
