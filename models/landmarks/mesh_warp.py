"""Brings a chip into the shape of the mean face, by its mesh."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from scipy.spatial import Delaunay

from models.landmarks.mesh_points import MIRRORED, N_POINTS
from models.tensors import Tensor
from schemas.face import CHIP_SIZE

PIXELS = CHIP_SIZE * CHIP_SIZE
LAST = CHIP_SIZE - 1
AROUND = 15.0  # deviation in pixels of the Gaussian that says how much of the surroundings counts
LEAST = 0.02  # of its size in the mean face that hidden skin counts as
# Points around the chip that stay where they are: corners of a square and middles of its sides.
OUTSIDE, MIDDLE = 40, LAST / 2
RING = np.array(
    [
        (x, y)
        for x in (-OUTSIDE, MIDDLE, LAST + OUTSIDE)
        for y in (-OUTSIDE, MIDDLE, LAST + OUTSIDE)
        if (x, y) != (MIDDLE, MIDDLE)
    ],
    np.float32,
)


@keras.saving.register_keras_serializable("facefold")
class MeshWarp(layers.Layer):
    """Where a pixel of the mean face lies in a chip: it moves with its triangle of the mesh, linearly.

    ``call`` turns points (B, 468, 2) float32 in chip pixels into places (B, 192, 192, 2) float32, x and y in
    the chip for every pixel of a chip whose points would be those of ``mean`` (468, 2). The triangles are
    fixed: Delaunay's of the mean mesh and of a ring around the chip.
    """

    def __init__(self, name: str = "mesh_warp", trainable: bool = False, dtype: str = "float32") -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.mean = self._fixed((N_POINTS, 2), "mean")
        self.corners = self._fixed((PIXELS, 3), "corners", "int32")  # of each pixel's triangle
        self.shares = self._fixed((PIXELS, 3), "shares")  # of these corners in the pixel's place
        self.built = True

    def _fixed(self, shape: tuple[int, ...], name: str, dtype: str = "float32") -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype=dtype, name=name)

    def learn(self, points: np.ndarray) -> None:
        """Sets the mean mesh, made symmetric, of points (n, 468, 2) float in chip pixels, and its triangles.

        Raises ValueError where the points have another shape or are not finite.
        """
        if points.ndim != 3 or points.shape[1:] != (N_POINTS, 2) or not np.isfinite(points).all():
            raise ValueError(
                f"Expected finite points (n, {N_POINTS}, 2) of n faces; received shape {points.shape}, "
                f"{int(np.isfinite(points).sum())} numbers finite. Give what FaceMesh found."
            )
        mean = points.mean(axis=0, dtype=np.float64)
        mean = (mean + mirrored_mesh(mean)) / 2
        corners, shares = triangles(mean)
        self.mean.assign(mean)
        self.corners.assign(corners)
        self.shares.assign(shares)

    def call(self, points: Tensor) -> Tensor:
        """Where each pixel of the mean face lies: (B, 192, 192, 2) float32, x and y in chip pixels."""
        ring = tf.tile(tf.constant(RING)[tf.newaxis], (tf.shape(points)[0], 1, 1))
        known = tf.gather(tf.concat([points, ring], axis=1), self.corners, axis=1)
        found = tf.reduce_sum(known * self.shares[..., tf.newaxis], axis=2)
        return tf.reshape(found, (-1, CHIP_SIZE, CHIP_SIZE, 2))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the places."""
        return (input_shape[0], CHIP_SIZE, CHIP_SIZE, 2)


def mirrored_mesh(points: Any) -> Any:
    """The points (..., 468, 2) of the mirrored chip, a NumPy array or a tensor: its own inverse."""
    take = tf.gather if tf.is_tensor(points) else np.take
    return take(points, np.array(MIRRORED), axis=-2) * np.array((-1, 1), "float32") + np.array(
        (LAST, 0), "float32"
    )


def triangles(mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The triangle of every pixel, row by row, among points (468, 2) and the ring.

    Returns:
        The numbers of its corners (36864, 3) int32, from 468 on those of the ring, and their shares in the
        pixel's place (36864, 3) float32, which add up to 1.
    """
    mesh = Delaunay(np.concatenate([mean, RING]))
    down, across = np.mgrid[:CHIP_SIZE, :CHIP_SIZE]
    pixels = np.stack([across, down], axis=-1).reshape(-1, 2).astype(float)
    found = mesh.find_simplex(pixels)
    maps = mesh.transform[found]
    first = np.einsum("nij,nj->ni", maps[:, :2], pixels - maps[:, 2])
    shares = np.concatenate([first, 1 - first.sum(axis=1, keepdims=True)], axis=1)
    return mesh.simplices[found].astype(np.int32), shares.astype(np.float32)


def read_at(grey: Tensor, places: Tensor) -> Tensor:
    """Chips (B, 192, 192) float32 at places (B, 192, 192, 2), x and y: bilinear, whole grey levels, float32.

    What lies outside of a chip has the value of its border.
    """
    places = tf.clip_by_value(tf.reshape(places, (-1, PIXELS, 2)), 0.0, float(LAST))
    low = tf.minimum(tf.floor(places), LAST - 1.0)
    right, down = tf.unstack(places - low, axis=-1)
    left, top = tf.unstack(tf.cast(low, tf.int32), axis=-1)
    flat, first = tf.reshape(grey, (-1, PIXELS)), top * CHIP_SIZE + left

    def row(number: int) -> Tensor:
        here, beside = (
            tf.gather(flat, first + number * CHIP_SIZE + column, batch_dims=1) for column in (0, 1)
        )
        return here + (beside - here) * right

    upper = row(0)
    return tf.round(tf.reshape(upper + (row(1) - upper) * down, (-1, CHIP_SIZE, CHIP_SIZE)))


def shown(places: Tensor, around: Tensor) -> Tensor:
    """How large the skin around some pixels of the mean face is seen in each chip.

    Of a turned face one side is seen narrow, and of what is hidden there is nothing.

    Args:
        places: (B, 192, 192, 2) float32, of ``MeshWarp``.
        around: pixels (P, 2) float32 of the mean face, x and y.

    Returns:
        (B, P) float32: areas in the chip as shares of those in the mean face, at least 0.02.
    """
    right, down = places[:, :-1, 1:] - places[:, :-1, :-1], places[:, 1:, :-1] - places[:, :-1, :-1]
    areas = right[..., 0] * down[..., 1] - right[..., 1] * down[..., 0]
    middles = tf.range(LAST, dtype=tf.float32) + 0.5
    near = tf.exp(-tf.square(around[:, :, tf.newaxis] - middles) / (2 * AROUND**2))
    near /= tf.reduce_sum(near, axis=-1, keepdims=True)
    return tf.maximum(tf.einsum("bhw,pw,ph->bp", areas, near[:, 0], near[:, 1]), LEAST)
