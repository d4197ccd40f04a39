"""Raw pixels as an embedding: the baseline that any trained model has to beat."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from models.contract import EmbeddingModel
from models.pretrained.settings import PixelsSettings
from models.tensors import Tensor


@keras.saving.register_keras_serializable("facefold")
class Pixels(EmbeddingModel):
    """The image itself, flattened; nothing is learnt."""

    terms = ()

    settings: PixelsSettings

    def __init__(self, name: str = "pixels", **values: Any) -> None:
        """``values`` are the values of ``PixelsSettings``."""
        super().__init__(name, PixelsSettings(**values))
        self.flatten = layers.Flatten(dtype="float32")
        self.unflatten = layers.Reshape(self.settings.shape, dtype="float32")
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) into embeddings (B, d) float32."""
        return self.flatten(images)

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, d) into images (B, side, side, channels) float32."""
        return self.unflatten(embeddings)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The images."""
        return self.decode(self.encode(images))
