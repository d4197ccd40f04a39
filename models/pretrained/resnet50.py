"""ResNet50 as a frozen encoder that was trained on ImageNet's classes; the baseline of P1."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import keras
import numpy as np

from models.pretrained.frozen import FrozenModel, float32_layers
from models.tensors import Tensor

SIDE = 224
MEAN_COLOUR = (103.939, 116.779, 123.68)  # blue, green, red, of the pixels 0 to 255
# keras/src/applications/resnet.py: BASE_WEIGHTS_PATH and WEIGHTS_HASHES, without the classifier.
FILE = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/resnet/{FILE}"
MD5 = "4d473c1dd8becc155b73f8504c6f6626"


def weights_file(weights_path: str | Path = "") -> Path:
    """The file of weights: ``weights_path``, or the one in Keras' cache, whose hash is checked.

    Nothing is downloaded, because a run must not depend on a network or on what it finds there.

    Raises:
        FileNotFoundError: there is no such file; says where it is expected and where to download it.
        ValueError: the cached file is another one, or it is cut off.
    """
    path = Path(weights_path or keras_home() / "models" / FILE)
    fix = f"Fix: download {URL} to it, or set weights_path=FILE."
    if not path.is_file():
        raise FileNotFoundError(
            f"The weights of ResNet50 are missing. Expected the file {path} (MD5 {MD5}); found none. {fix}"
        )
    if not weights_path:
        digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        if digest != MD5:
            raise ValueError(
                f"{path} is not Keras' file of ResNet50. Expected MD5 {MD5}; received {digest}. {fix}"
            )
    return path


def keras_home() -> Path:
    """The folder in which Keras keeps its downloads."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")


def read_weights_into(network: keras.Model, path: Path) -> None:
    """Loads the weights in an HDF5 file into ``network``; raises ValueError if they do not fit it."""
    try:
        network.load_weights(path)
    except (ValueError, OSError, LookupError) as error:
        raise ValueError(
            f"Cannot read {path}. Expected {FILE}, ResNet50 without its classifier; received a file of which "
            f"Keras says: {error} Fix: download {URL}."
        ) from None


@keras.saving.register_keras_serializable("facefold")
class ResNet50(FrozenModel):
    """Keras' ResNet50 with ImageNet's weights, up to the pooled features; it never learns.

    It is He et al., "Deep residual learning for image recognition", 2016. P1 clusters CIFAR-10 with it.

    Args:
        weights_path: an HDF5 file with its weights without the classifier; empty for Keras' cache.
        read_weights: False builds only the network, for a saved model that brings its weights.

    Raises:
        FileNotFoundError: there is no file of weights.
        ValueError: the file is not ResNet50's.
    """

    def __init__(
        self, weights_path: str | Path = "", read_weights: bool = True, name: str = "resnet50"
    ) -> None:
        super().__init__(name, weights_path)
        path = weights_file(weights_path) if read_weights else None
        with float32_layers():
            self.network = keras.applications.ResNet50(
                include_top=False, weights=None, input_shape=(SIDE, SIDE, 3), pooling="avg"
            )
        if path is not None:
            read_weights_into(self.network, path)
        self.trainable = False
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, 224, 224, 3) RGB in [0, 1] into pooled features (B, 2048) float32."""
        # As Caffe did it when these weights were trained: blue first, 0 to 255, with the mean subtracted.
        pixels = keras.ops.flip(images, axis=-1) * 255.0 - np.array(MEAN_COLOUR, np.float32)
        return self.network(pixels, training=False)
