"""dlib's face recogniser as facefold uses it for people: four looks at a face, and their mean."""

from __future__ import annotations

from pathlib import Path

import keras
import tensorflow as tf

from models.pretrained.pretrained_face import SIDE, PretrainedFace
from models.tensors import Tensor

# Left, top and side, in chip pixels, of the squares that are looked at: a tenth nearer than dlib itself
# looks, the face a little above and a little below its place there. See docs/lab/people.md.
LOOKS = ((15, 21, 162), (15, 27, 162))


@keras.saving.register_keras_serializable("facefold")
class PeopleFace(PretrainedFace):
    """The mean of what ``PretrainedFace``'s network says of two squares of a chip and their mirror images.

    It reads whole chips that are aligned by their five points (``alignment=points``). Embeddings have length
    1. It was trained on other people's names, and never learns.
    """

    def __init__(
        self, weights_path: str | Path = "", read_weights: bool = True, name: str = "people_face"
    ) -> None:
        super().__init__(weights_path, read_weights, name)

    def encode(self, images: Tensor) -> Tensor:
        """Turns chips (B, 192, 192, 3) in [0, 1] into embeddings (B, 128) float32 of length 1."""
        squares = [images[:, top : top + side, left : left + side] for left, top, side in LOOKS]
        looks = [tf.image.resize(square, (SIDE, SIDE), antialias=True) for square in squares]
        looks += [look[:, :, ::-1] for look in looks]
        found = sum(self.network(look, training=False) for look in looks)
        return tf.math.l2_normalize(found, axis=-1)
