"""Raw pixels as an embedding: the yardstick that any trained model has to beat."""

import keras
from keras import layers

from models.contract import EmbeddingModel
from schemas.settings import Settings

IMAGE_SHAPE = (64, 64, 3)


@keras.saving.register_keras_serializable("facefold")
class Pixels(EmbeddingModel):
    """The image itself, flattened; nothing is learnt."""

    terms = ()

    def __init__(self, name="pixels"):
        super().__init__(name, Settings())
        self.flatten = layers.Flatten(dtype="float32")
        self.unflatten = layers.Reshape(IMAGE_SHAPE, dtype="float32")
        self.built = True

    def encode(self, images):
        """Images (B, 64, 64, 3) to embeddings (B, 12,288) float32."""
        return self.flatten(images)

    def decode(self, embeddings):
        """Embeddings (B, 12,288) to images (B, 64, 64, 3) float32."""
        return self.unflatten(embeddings)

    def call(self, images, training=False):
        """The images."""
        return self.decode(self.encode(images))
