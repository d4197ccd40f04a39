"""Raw pixels as an embedding: the baseline that any trained model has to beat."""

from __future__ import annotations

import keras
from keras import layers

from models.contract import EmbeddingModel
from models.tensors import Tensor
from schemas.settings import Settings

IMAGE_SHAPE = (64, 64, 3)


@keras.saving.register_keras_serializable("facefold")
class Pixels(EmbeddingModel):
    """The image itself, flattened; nothing is learnt."""

    terms = ()

    def __init__(self, name: str = "pixels") -> None:
        super().__init__(name, Settings())
        self.flatten = layers.Flatten(dtype="float32")
        self.unflatten = layers.Reshape(IMAGE_SHAPE, dtype="float32")
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, 64, 64, 3) into embeddings (B, 12,288) float32."""
        return self.flatten(images)

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, 12,288) into images (B, 64, 64, 3) float32."""
        return self.unflatten(embeddings)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The images."""
        return self.decode(self.encode(images))
