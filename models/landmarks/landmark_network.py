"""Finds the 68 landmarks of an aligned face by a network that is taught on the user's own photos."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.inputs.by_batches import by_batches
from models.landmarks.landmark_teaching import learn_steps
from models.landmarks.oriented_gradients import LENGTH, descriptors, gradient_maps
from models.tensors import Tensor
from schemas.face import CHIP_SIZE
from schemas.landmarks import N_POINTS
from schemas.samples import evenly_spread

STEPS = 3
MOST_TAUGHT = 6000  # faces, evenly spread over all of them
FEWEST_TAUGHT = 100


@keras.saving.register_keras_serializable("facefold")
class LandmarkNetwork(keras.layers.Layer):
    """Supervised descent (Xiong and De la Torre, "Supervised descent method and its applications to face
    alignment", CVPR 2013).

    It starts at the mean face and takes three steps. Each step is a linear map of descriptors around the
    points reached so far. The points of a mirrored chip are the mirrored points, up to rounding. ``call``
    turns grey chips (B, 192, 192) float32, 0 to 255, into points (B, 68, 2) float32, x and y in chip pixels,
    in the order of 300-W.
    """

    def __init__(
        self, name: str = "landmark_network", trainable: bool = False, dtype: str = "float32"
    ) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.start = self._fixed((N_POINTS, 2), "start")
        self.maps = self._fixed((STEPS, LENGTH, 2 * N_POINTS), "maps")
        self.offsets = self._fixed((STEPS, 2 * N_POINTS), "offsets")
        self.taught = self._fixed((), "taught")
        self.built = True

    def _fixed(self, shape: tuple[int, ...], name: str) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, name=name)

    def call(self, grey: Tensor) -> Tensor:
        """Turns grey chips (B, 192, 192) float32, 0 to 255, into points (B, 68, 2) float32 in chip pixels."""
        seen = gradient_maps(grey)
        points = tf.tile(self.start[tf.newaxis], (tf.shape(grey)[0], 1, 1))
        for step in range(STEPS):
            moved = tf.matmul(descriptors(seen, points), self.maps[step]) + self.offsets[step]
            points += tf.reshape(moved, (-1, N_POINTS, 2))
        return points

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the points."""
        return (input_shape[0], N_POINTS, 2)

    def teach(self, grey: np.ndarray, points: np.ndarray, seed: int = 0) -> dict[str, Any]:
        """Learns all steps from at most 6,000 faces with points, evenly spread; an eighth is held back.

        Args:
            grey: chips (n, 192, 192) uint8.
            points: (n, 68, 2) float in chip pixels; a face with a point that is not finite is left out.
            seed: decides which faces are held back.

        Returns:
            What the teaching found, see ``landmark_teaching.Steps.facts``.

        Raises:
            ValueError: the shapes are wrong, or fewer than 100 faces have points.
        """
        check_shapes(grey, points)
        rows = np.flatnonzero(np.isfinite(points).all(axis=(1, 2)))
        if len(rows) < FEWEST_TAUGHT:
            raise ValueError(
                f"Too few faces to teach landmarks. Expected at least {FEWEST_TAUGHT} with 68 points; "
                f"received {len(rows)}. Add photos, or set landmarks=mtcnn5."
            )
        rows = rows[evenly_spread(len(rows), MOST_TAUGHT)]
        rows = np.random.default_rng(seed).permutation(rows)
        described = tf.function(
            lambda chips, places: descriptors(gradient_maps(tf.cast(chips, tf.float32)), places),
            reduce_retracing=True,
        )

        def describe(reached: np.ndarray) -> np.ndarray:
            found = np.empty((len(rows), LENGTH), np.float32)
            for some, made in by_batches(lambda one, at: described(grey[one.numpy()], at), rows, reached):
                found[some] = made
            return found

        learnt = learn_steps(describe, points[rows].astype(np.float32), STEPS, seed)
        self.start.assign(learnt.start)
        self.maps.assign(learnt.maps)
        self.offsets.assign(learnt.offsets)
        self.taught.assign(1.0)
        return learnt.facts


def check_shapes(grey: np.ndarray, points: np.ndarray) -> None:
    """Raises ValueError unless there are n chips (n, 192, 192) and points (n, 68, 2)."""
    n = len(grey)
    if grey.shape != (n, CHIP_SIZE, CHIP_SIZE) or points.shape != (n, N_POINTS, 2):
        raise ValueError(
            f"Chips and points do not fit. Expected (n, {CHIP_SIZE}, {CHIP_SIZE}) and (n, {N_POINTS}, 2); "
            f"received {grey.shape} and {points.shape}. Give each chip the points of its face."
        )
