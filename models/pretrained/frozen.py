"""What the frozen models share: loading weights into a network, and its precision."""

from __future__ import annotations

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
    """A model whose ``network``, which its subclass sets, comes with its weights and never learns."""

    terms = ()

    def __init__(self, name: str, weights_path: str | Path = "") -> None:
        super().__init__(name, WeightsSettings(weights_path=str(weights_path)))

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, H, W, 3) in [0, 1] into embeddings (B, d) float32."""
        return self.network(images, training=False)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the network; its weights come from the saved model."""
        return {"read_weights": False, "name": self.name}


def float32_layers() -> AbstractContextManager[str]:
    """Makes layers that are built inside it compute in float32, whatever the global policy is.

    Frozen weights have one right answer. Rounding to 16 bits changes it, and no training makes up for that.
    """
    return devices.dtype_policy("float32")


def place_weights(network: keras.Model, arrays: Sequence[np.ndarray], source: str | Path) -> None:
    """Puts ``arrays`` into the variables of ``network``, in their order.

    Raises ValueError, naming ``source``, if the number of arrays or a shape does not fit the network.
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


def fixed_weight(model: keras.Model, shape: tuple[int, ...], name: str) -> keras.Variable:
    """A float32 weight of ``model`` that is fitted and not trained, 0 until it is assigned."""
    return model.add_weight(
        shape=shape, initializer="zeros", trainable=False, dtype="float32", autocast=False, name=name
    )
