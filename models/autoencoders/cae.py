"""Convolutional autoencoder of P0, tables I and II, row for row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers

from models.autoencoders.autoencoder import Autoencoder
from models.autoencoders.corruption import Corruption
from models.autoencoders.layers import conv_block, conv_transpose_block
from models.autoencoders.settings import CAESettings
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


IMAGE_SHAPE = (64, 64, 3)


def table_1(images: Tensor, base_filters: int = 128, batch_norm: bool = True) -> Tensor:
    """The rows of table I up to Flatten: (B, 64, 64, 3) to (B, 128 * base_filters)."""
    x = images
    for factor in (1, 2, 4, 8):
        x = conv_block(x, base_filters * factor, batch_norm)
    return layers.Flatten()(x)


def build_encoder(latent_dim: int = 128, base_filters: int = 128) -> keras.Model:
    """Table I: (B, 64, 64, 3) float32 in [0, 1] to embeddings (B, latent_dim) float32.

    ``base_filters`` is 128 in the paper; each of the four convolutions doubles it. The printed
    Dense row (1,638,400) holds for ``latent_dim`` 100 without the bias.
    """
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = table_1(images, base_filters)
    embedding = layers.Dense(latent_dim, dtype="float32", name="embedding")(x)
    return keras.Model(images, embedding, name="encoder")


def build_decoder(latent_dim: int = 128, base_filters: int = 128, batch_norm: bool = True) -> keras.Model:
    """Table II: embeddings (B, latent_dim) to images (B, 64, 64, 3) float32, without activation."""
    embedding = keras.Input((latent_dim,), name="embedding")
    x = layers.Dense(8 * 8 * 8 * base_filters)(embedding)
    x = layers.Reshape((8, 8, 8 * base_filters))(x)
    for factor in (4, 2, 1):
        x = conv_transpose_block(x, base_filters * factor, batch_norm)
    # With a hundredth of Glorot's variance the first reconstructions are just the bias, so no early steps
    # (and no memory of their gradients in Adam) are spent on unlearning noise.
    small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")
    image = layers.Conv2DTranspose(3, 1, kernel_initializer=small, dtype="float32", name="reconstruction")(x)
    return keras.Model(embedding, image, name="decoder")


def start_at_mean_colour(decoder: keras.Model, examples: ExampleSet) -> None:
    """Makes an untrained decoder return nearly the mean colour of the examples' images."""
    decoder.get_layer("reconstruction").bias.assign(examples.mean_colour())


@keras.saving.register_keras_serializable("facefold")
class CAE(Autoencoder):
    """Encoder and decoder of P0 trained on the mean squared error.

    ``call`` maps images (B, 64, 64, 3) in [0, 1] to their reconstructions. With ``noise`` it learns to
    reconstruct the clean image from a corrupted one (``models.autoencoders.corruption``).

    >>> CAE(latent_dim=100).encoder.get_layer("embedding").kernel.shape
    (16384, 100)
    """

    settings: CAESettings

    def __init__(self, name: str = "cae", settings: CAESettings | None = None, **values: Any) -> None:
        """``values`` are the values of ``CAESettings``; alternatively ``settings`` are such settings."""
        super().__init__(name, settings or CAESettings(**values))
        self.corruption = Corruption(self.settings.noise, self.settings.noise_level)
        self.encoder = build_encoder(self.settings.latent_dim, self.settings.base_filters)
        self.decoder = build_decoder(self.settings.latent_dim, self.settings.base_filters)
        self.built = True  # both parts are

    def start_from(self, examples: ExampleSet) -> None:
        """Makes an untrained model reconstruct nearly the mean colour of the training images."""
        start_at_mean_colour(self.decoder, examples)
