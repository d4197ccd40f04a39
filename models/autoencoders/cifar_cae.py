"""The small convolutional autoencoder of P1, 776,579 parameters."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers

from models.autoencoders.autoencoder import Autoencoder
from models.autoencoders.corruption import Corruption
from models.autoencoders.settings import CifarCAESettings
from models.tensors import Tensor

IMAGE_SHAPE = (64, 64, 3)
FILTERS = (32, 64, 128, 256)


def build_encoder(filters: tuple[int, ...] = FILTERS, dropout: float = 0.3) -> keras.Model:
    """Builds the encoder: images (B, 64, 64, 3) in [0, 1] to maps (B, 8, 8, filters[3]).

    It is three times Conv 3x3, ReLU, 2x2 max-pool and dropout, then a Conv.
    """
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = images
    for count in filters[:3]:
        x = layers.Conv2D(count, 3, padding="same", activation="relu")(x)
        x = layers.Dropout(dropout)(layers.MaxPooling2D()(x))
    x = layers.Conv2D(filters[3], 3, padding="same", activation="relu", dtype="float32", name="embedding")(x)
    return keras.Model(images, x, name="encoder")


def build_decoder(filters: tuple[int, ...] = FILTERS, dropout: float = 0.3) -> keras.Model:
    """Builds the decoder: maps (B, 8, 8, filters[3]) to images (B, 64, 64, 3) in [0, 1] float32.

    It is three times Conv 3x3, ReLU and 2x2 upsampling, with dropout after the first two, then a Conv with
    sigmoid.
    """
    maps = keras.Input((8, 8, filters[3]), name="embedding")
    x = maps
    for index, count in enumerate(reversed(filters[:3])):
        x = layers.Conv2D(count, 3, padding="same", activation="relu")(x)
        x = layers.UpSampling2D()(x)
        if index < 2:
            x = layers.Dropout(dropout)(x)
    image = layers.Conv2D(3, 3, padding="same", activation="sigmoid", dtype="float32", name="reconstruction")(
        x
    )
    return keras.Model(maps, image, name="decoder")


@keras.saving.register_keras_serializable("facefold")
class CifarCAE(Autoencoder):
    """Encoder and decoder of P1, trained on the mean squared error; the embedding is the flattened 8x8 maps.

    ``base_filters`` is 32 in the report. The report speaks of "about 335,000" parameters, but its own code
    has 776,579.
    """

    settings: CifarCAESettings

    def __init__(self, name: str = "cifar_cae", **values: Any) -> None:
        """``values`` are the values of ``CifarCAESettings``."""
        super().__init__(name, CifarCAESettings(**values))
        filters = tuple(self.settings.base_filters * factor for factor in (1, 2, 4, 8))
        dropout = self.settings.dropout
        self.corruption = Corruption(self.settings.noise, self.settings.noise_level)
        self.encoder = build_encoder(filters, dropout)
        self.decoder = build_decoder(filters, dropout)
        self.flatten = layers.Flatten(dtype="float32")
        self.unflatten = layers.Reshape((8, 8, filters[3]), dtype="float32")
        self.built = True

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 64, 64, 3) to embeddings (B, 64 * 8 * base_filters) float32, 16,384 in the report."""
        return self.flatten(self.encoder(images, training=False))

    def decode(self, embeddings: Tensor) -> Tensor:
        """Embeddings to images (B, 64, 64, 3) float32 in [0, 1]."""
        return self.decoder(self.unflatten(embeddings), training=False)
