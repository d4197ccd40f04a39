"""What a fit of a frozen model reads: descriptions of pictures spread evenly over the training set."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from models.inputs.training_data import without_autotune
from models.tensors import Tensor
from schemas.samples import evenly_spread

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


MOST_PICTURES = 20_000
MOST_NUMBERS = 2**27  # 512 MB in float32
BATCH = 64


def spread_rows(
    examples: ExampleSet, describe: Callable[[Tensor], Tensor], width: int, most: int = MOST_PICTURES
) -> np.ndarray:
    """``describe`` of at most ``most`` pictures, evenly spread over all: (n, width) float32.

    Fewer where that would be more than 2^27 numbers. ``describe`` turns images (B, h, w, c) into (B, width).
    """
    chosen = evenly_spread(examples.n, max(1, min(most, MOST_NUMBERS // width)))
    wanted = np.zeros(examples.n, bool)
    wanted[chosen] = True
    picked = examples.elements().enumerate().filter(lambda index, example: tf.constant(wanted)[index])
    images = picked.map(lambda index, example: example["image"]).batch(BATCH)
    compiled = tf.function(describe, reduce_retracing=True, autograph=False)
    rows = np.empty((len(chosen), width), np.float32)
    done = 0
    for batch in without_autotune(images):
        found = compiled(batch).numpy()
        rows[done : done + len(found)] = found
        done += len(found)
    return rows


def checked_pictures(images: Tensor, picture: tuple[int, int, int], name: str) -> Tensor:
    """``images`` as a float32 tensor (B, h, w, c); raises ValueError unless (h, w, c) is ``picture``."""
    tensor = tf.cast(images, tf.float32)
    if tuple(tensor.shape[1:]) != picture:
        raise ValueError(
            f"Pictures do not fit {name}. Expected (n, {', '.join(map(str, picture))}); received "
            f"{tuple(tensor.shape)}. Fix: set side and channels to those of the pictures."
        )
    return tensor
