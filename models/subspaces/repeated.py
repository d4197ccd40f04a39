"""A network that is fitted many times: new weights and a new optimizer, the same traced step."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

FEW = 2  # axes of a weight that is drawn; biases, scales and moments start as they were built


def fresh_start(model: keras.Model, seed: int, initializer: Any) -> None:
    """Draws all kernels of a compiled model anew, by ``initializer(seed=...)``, and forgets its optimizer.

    Weights of one axis go back to what ``model`` was built with: 1 for scales and variances, else 0.
    """
    for number, variable in enumerate(model.variables):
        if len(variable.shape) >= FEW:
            variable.assign(initializer(seed=seed * 1009 + number)(variable.shape, variable.dtype))
        elif not variable.name.startswith("seed"):
            ones = variable.name in ("gamma", "moving_variance")
            variable.assign(ops.full(variable.shape, float(ones), variable.dtype))
    optimizer = model.optimizer
    optimizer.build(model.trainable_variables)
    for variable in optimizer.variables:
        if variable is not optimizer._learning_rate:
            variable.assign(ops.zeros(variable.shape, variable.dtype))


def train_on(
    model: keras.Model, x: np.ndarray, y: np.ndarray | None, seed: int, epochs: int, batch_size: int
) -> float:
    """Trains a compiled model on x (n, ...), shuffled by ``seed``; the mean loss of the last epoch.

    Batches are full but where n is less than one; what is left over of an epoch is another part each time.
    Raises FloatingPointError after an epoch whose mean loss is not finite.
    """
    generator = np.random.default_rng(seed)
    size = min(batch_size, len(x))
    mean = float("nan")
    for epoch in range(epochs):
        order = generator.permutation(len(x))
        losses = []
        for start in range(0, len(x) - size + 1, size):
            rows = order[start : start + size]
            model.reset_metrics()
            losses.append(model.train_on_batch(x[rows], None if y is None else y[rows]))
        mean = float(np.mean(losses))
        if not np.isfinite(mean):
            raise FloatingPointError(
                f"{model.name} has diverged in epoch {epoch + 1} of {epochs}: its mean loss is {mean}. "
                "Expected a finite one. Check that the pictures are; else set another seed, and tell us."
            )
    return mean
