"""Predicts where each stroke of a drawing goes, from its embedding alone, before any step is drawn.

A decoder that is trained step by step learns what comes next from the steps before. It needs to know only
once where the third stroke goes, so it hardly learns that. The plan has to: an eye is a small stroke, and
counts in the plan as much as the outline.
"""

from __future__ import annotations

import keras
from keras import layers, ops

from models.tensors import Tensor

PLANNED = 16  # strokes; 98 of 100 drawings of Quick, Draw! have no more. Later strokes have no plan
# Of each stroke: where it starts (2), the middle of its box (2), its width and height, the logarithm of its
# number of steps, and whether there is such a stroke.
PLAN_SIZE = 8
LEAD_SIZE = PLAN_SIZE + 1
HIDDEN = 512
FAR = 1e4  # beyond any drawing


@keras.saving.register_keras_serializable("facefold")
class StrokePlan(layers.Layer):
    """Turns embeddings (B, d) into plans (B, PLANNED, PLAN_SIZE) float32, in the units of the steps."""

    def __init__(self, name: str = "stroke_plan") -> None:
        super().__init__(name=name)
        self.hidden = layers.Dense(HIDDEN, activation="gelu", name="hidden")
        self.strokes = layers.Dense(PLANNED * PLAN_SIZE, dtype="float32", name="strokes")

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Creates the weights of both layers for embeddings (None, d)."""
        self.hidden.build(input_shape)
        self.strokes.build((*input_shape[:-1], HIDDEN))
        self.built = True

    def call(self, embeddings: Tensor) -> Tensor:
        """The plans of embeddings."""
        return ops.reshape(self.strokes(self.hidden(embeddings)), (-1, PLANNED, PLAN_SIZE))


def true_plan(offsets: Tensor, lifted: Tensor, inside: Tensor) -> Tensor:
    """The plan (B, PLANNED, PLAN_SIZE) of steps (B, T, 2), (B, T) and (B, T) bool; 0 for missing strokes."""
    points = ops.cumsum(offsets, axis=1)
    number = ops.cumsum(lifted, axis=1) - lifted
    own = ops.abs(number[:, :, None] - ops.arange(PLANNED, dtype="float32")) < 0.5
    own = ops.logical_and(own, inside[:, :, None])
    counted = ops.cumsum(ops.cast(own, "float32"), axis=1)
    first = ops.cast(ops.logical_and(own, counted < 1.5), "float32")
    # The pen is down before the first step: the first stroke starts at the origin.
    start = ops.einsum("btk,btc->bkc", first, points)
    start = ops.concatenate([ops.zeros_like(start[:, :1]), start[:, 1:]], axis=1)
    high = ops.maximum(ops.max(ops.where(own[..., None], points[:, :, None], -FAR), axis=1), start)
    low = ops.minimum(ops.min(ops.where(own[..., None], points[:, :, None], FAR), axis=1), start)
    drawn = ops.cast(counted[:, -1] > 0.5, "float32")[..., None]
    steps = ops.log(ops.maximum(counted[:, -1], 1.0))[..., None]
    return (
        ops.concatenate([start, (low + high) / 2, high - low, steps, ops.ones_like(drawn)], axis=-1) * drawn
    )


def plan_error(plan: Tensor, truth: Tensor) -> Tensor:
    """How far plans (B, PLANNED, PLAN_SIZE) are from the truth: (B,).

    For each stroke, the absolute differences of its places, sides and logarithm are summed; the mean over the
    drawing's strokes is taken. Added to it is 4 times the mean squared error of whether each stroke exists.
    """
    drawn = truth[..., -1]
    differences = ops.sum(ops.abs(plan - truth)[..., :-1], axis=-1) * drawn
    strokes = ops.mean(ops.square(plan[..., -1] - drawn), axis=-1)
    return ops.sum(differences, axis=-1) / ops.sum(drawn, axis=-1) + 4 * strokes


def lead(plan: Tensor, numbers: Tensor, places: Tensor) -> Tensor:
    """What a decoder is told about the stroke that it is drawing: (B, T, LEAD_SIZE).

    It is the part of the plan (B, PLANNED, PLAN_SIZE) for stroke ``numbers`` (B, T) int32, and whether there
    is a next stroke. The stroke's start and middle are relative to where the pen is, ``places`` (B, T, 2). A
    stroke beyond the plan is all zeros, except for the way back to the origin.
    """
    own = ops.matmul(ops.one_hot(numbers, PLANNED, dtype="float32"), plan)
    following = ops.matmul(ops.one_hot(numbers + 1, PLANNED, dtype="float32"), plan[..., -1:])
    return ops.concatenate([own[..., :2] - places, own[..., 2:4] - places, own[..., 4:], following], axis=-1)
