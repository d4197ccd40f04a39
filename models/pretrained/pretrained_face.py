"""dlib's face recogniser as an encoder: a frozen ResNet that was trained to tell people apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import keras
from keras import layers, ops

from models.pretrained.dlib_weights import read_recogniser
from models.pretrained.frozen import FrozenModel, float32_layers, place_weights
from models.tensors import Tensor
from schemas.packaged_file import packaged_file

if TYPE_CHECKING:
    import numpy as np


SIDE = 150
# dlib subtracts this from the pixels (0 to 255) and divides by 256.
MEAN_COLOUR = (122.782, 117.001, 104.298)
# Filters of each level, its residual blocks, and whether its first block halves the picture.
LEVELS = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
STRIDES = [2, *(2 if halves and not i else 1 for _, n, halves in LEVELS for b in range(n) for i in (b, 1))]


def build_network() -> keras.Model:
    """Builds dlib's ``anet_type``: (B, 150, 150, 3) float32 in [0, 1] to (B, 128), untrained.

    It has 29 convolutions, each with its affine layer folded in (examples/dnn_face_recognition_ex.cpp of
    dlib, which follows He et al., 2016, "Deep residual learning"). dlib pads 3x3 convolutions of stride 1 by
    one, and nothing else. A block's two branches are added after the smaller one is padded with zeros.
    """
    with float32_layers():
        images = keras.Input((SIDE, SIDE, 3), name="image")
        x = layers.Rescaling(255 / 256, [-mean / 256 for mean in MEAN_COLOUR])(images)
        x = layers.Conv2D(32, 7, 2, activation="relu")(x)
        x = layers.MaxPooling2D(3, 2)(x)
        for filters, blocks, halves in LEVELS:
            for block in range(blocks):
                x = residual(x, filters, halves and block == 0)
        x = layers.GlobalAveragePooling2D()(x)
        embedding = layers.Dense(128, use_bias=False, name="embedding")(x)
    return keras.Model(images, embedding, name="recogniser")


def residual(x: Tensor, filters: int, halves: bool) -> Tensor:
    """Adds two 3x3 convolutions to a shortcut; halves height and width if ``halves``."""
    if halves:
        y = layers.Conv2D(filters, 3, 2, activation="relu")(x)
        x = layers.AveragePooling2D(2, 2)(x)
    else:
        y = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(filters, 3, padding="same")(y)
    shape = [max(sizes) for sizes in zip(x.shape[1:], y.shape[1:], strict=True)]
    return layers.ReLU()(filled(x, shape) + filled(y, shape))


def filled(x: Tensor, shape: Sequence[int]) -> Tensor:
    """Pads (B, h, w, c) with zeros at the bottom, at the right and in the channels to (B, *shape)."""
    missing = [(0, wanted - size) for wanted, size in zip(shape, x.shape[1:], strict=True)]
    return ops.pad(x, [(0, 0), *missing]) if any(after for _, after in missing) else x


def weights_of(path: str | Path) -> list[np.ndarray]:
    """The weights in dlib's file, in the order of ``build_network``'s variables.

    Raises ValueError if the file holds another network.
    """
    mean, side, convolutions, projection = read_recogniser(path)
    geometry = [(c.stride, c.padding) for c in convolutions]
    expected = [(stride, 1 if stride == 1 else 0) for stride in STRIDES]
    colour = tuple(round(float(value), 3) for value in mean)
    if (colour, side, geometry) != (MEAN_COLOUR, SIDE, expected):
        raise ValueError(
            f"{path} does not fit the network. Expected mean colour {MEAN_COLOUR}, side {SIDE} and "
            f"(stride, padding) {expected}; received {colour}, {side} and {geometry}. "
            "Fix: use dlib_face_recognition_resnet_model_v1.dat."
        )
    return [array for c in convolutions for array in (c.kernel, c.bias)] + [projection]


@keras.saving.register_keras_serializable("facefold")
class PretrainedFace(FrozenModel):
    """The network behind dlib's ``face_recognition_model_v1``, in Keras; it never learns.

    It was trained on about three million faces of 7,485 people, labelled with their names. So it is not an
    unsupervised embedding, but something to measure one against. Pictures are face chips with the crop
    ``recogniser``. Two of the same person are mostly less than 0.6 apart.

    Args:
        weights_path: dlib's file, if it is not that of the package face_recognition_models.
        read_weights: False builds only the network, for a saved model that brings its weights.

    Raises:
        ModuleNotFoundError, FileNotFoundError: there is no file of weights.
        ValueError: the file is not dlib's.
    """

    def __init__(
        self, weights_path: str | Path = "", read_weights: bool = True, name: str = "pretrained_face"
    ) -> None:
        super().__init__(name, weights_path)
        if read_weights:
            inside = "models/dlib_face_recognition_resnet_model_v1.dat"
            path = weights_path or packaged_file("face_recognition_models", inside, "dlib")
            arrays = weights_of(path)
        self.network = build_network()
        if read_weights:
            place_weights(self.network, arrays, path)
        self.trainable = False
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Turns face chips (B, 150, 150, 3) in [0, 1] into embeddings (B, 128) float32."""
        return self.network(images, training=False)
