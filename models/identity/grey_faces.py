"""Grey chips as local descriptors read them, and those of a training set, with their photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from models.inputs.training_data import without_autotune
from models.tensors import Tensor
from schemas.face import CHIP_SIZE

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


GREY = (0.299, 0.587, 0.114)  # ITU-R BT.601
MOST_FACES = 6000  # that a model is fitted on, evenly spread over all


def grey_levels(images: Tensor) -> Tensor:
    """Images (B, H, W, 3) in [0, 1] to whole grey levels (B, H, W) float32, 0 to 255."""
    return tf.round(tf.tensordot(tf.cast(images, tf.float32) * 255.0, tf.constant(GREY), 1))


def gather(examples: ExampleSet) -> tuple[np.ndarray, np.ndarray]:
    """What a fit reads of at most 6,000 faces, evenly spread over all.

    Grey chips (n, 192, 192) uint8 and photos (n,) int64.
    """
    n = min(examples.n, MOST_FACES)
    grey, photos = np.empty((n, CHIP_SIZE, CHIP_SIZE), np.uint8), np.empty(n, np.int64)
    wanted = np.zeros(examples.n, bool)
    wanted[-(-np.arange(n) * examples.n // n)] = True

    def read(index: Tensor, example: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        levels = grey_levels(example["image"][tf.newaxis])[0]
        return tf.cast(levels, tf.uint8), example["photo"]

    chosen = examples.elements().enumerate().filter(lambda index, example: tf.constant(wanted)[index])
    for row, found in enumerate(without_autotune(chosen.map(read)).as_numpy_iterator()):
        grey[row], photos[row] = found
    return grey, photos
