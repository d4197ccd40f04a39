"""Residual autoencoder of P4: ResNet-18's convolutions (He et al. 2015), and their mirror."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from models.autoencoders.autoencoder import Autoencoder
from models.autoencoders.batch_norm import BatchNorm
from models.autoencoders.corruption import Corruption
from models.autoencoders.settings import ResNet18AESettings
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


IMAGE_SHAPE = (128, 128, 3)
STAGES = (
    (1, 1),
    (2, 2),
    (4, 2),
    (8, 2),
)  # filters as a multiple of the first stage's, stride of its first block


def conv(x: Tensor, filters: int, size: int = 3, stride: int = 1) -> Tensor:
    """Conv (no bias) -> BatchNorm."""
    x = layers.Conv2D(filters, size, stride, "same", use_bias=False)(x)
    return BatchNorm()(x)


def conv_transpose(x: Tensor, filters: int, size: int = 3, stride: int = 1) -> Tensor:
    """Transposed conv (no bias) -> BatchNorm."""
    x = layers.Conv2DTranspose(filters, size, stride, "same", use_bias=False)(x)
    return BatchNorm()(x)


def joined(y: Tensor, shortcut: Tensor, place: str) -> Tensor:
    """ReLU(y + shortcut) (He et al. 2015), or ReLU(y) + shortcut where ``place`` is "after_relu" (P4)."""
    if place == "after_relu":
        return layers.Add()([layers.ReLU()(y), shortcut])
    return layers.ReLU()(layers.Add()([y, shortcut]))


def basic_block(x: Tensor, filters: int, stride: int, place: str) -> Tensor:
    """Two 3x3 convolutions and a shortcut: the identity, or a 1x1 projection where the shape changes."""
    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else conv(x, filters, 1, stride)
    y = layers.ReLU()(conv(x, filters, 3, stride))
    return joined(conv(y, filters), shortcut, place)


def transposed_block(x: Tensor, filters: int, stride: int, place: str) -> Tensor:
    """The mirror of ``basic_block``: the second of its two transposed convolutions changes the shape.

    If it doubles the size, its projection is a 2x2 transposed convolution, because a 1x1 would leave three of
    four pixels empty.
    """
    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else conv_transpose(x, filters, stride, stride)
    y = layers.ReLU()(conv_transpose(x, x.shape[-1]))
    return joined(conv_transpose(y, filters, 3, stride), shortcut, place)


def build_encoder(
    latent_dim: int = 128, base_filters: int = 64, blocks: int = 2, shortcut: str = "before_relu"
) -> keras.Model:
    """Builds the encoder: standardised images (B, 128, 128, 3) to embeddings (B, latent_dim) float32.

    Everything but the last Dense is ResNet-18 without its classifier. With ``base_filters`` 64 it has
    11,166,912 parameters in convolutions and 9,600 in BatchNorm.
    """
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = layers.ReLU()(conv(images, base_filters, 7, 2))
    x = layers.MaxPooling2D(3, 2, "same")(x)
    for factor, stride in STAGES:
        for block in range(blocks):
            x = basic_block(x, base_filters * factor, stride if block == 0 else 1, shortcut)
    embedding = layers.Dense(latent_dim, dtype="float32", name="embedding")(layers.Flatten()(x))
    return keras.Model(images, embedding, name="encoder")


def build_decoder(
    latent_dim: int = 128, base_filters: int = 64, blocks: int = 2, shortcut: str = "before_relu"
) -> keras.Model:
    """Builds its mirror: embeddings (B, latent_dim) to standardised images (B, 128, 128, 3) float32."""
    embedding = keras.Input((latent_dim,), name="embedding")
    x = layers.Dense(4 * 4 * 8 * base_filters)(embedding)
    x = layers.Reshape((4, 4, 8 * base_filters))(x)
    narrower = [1, *(factor for factor, _ in STAGES)]
    for index, (factor, stride) in reversed(list(enumerate(STAGES))):
        for block in reversed(range(blocks)):
            filters = base_filters * (factor if block else narrower[index])
            x = transposed_block(x, filters, 1 if block else stride, shortcut)
    x = layers.ReLU()(conv_transpose(x, base_filters, 3, 2))  # the max-pool's mirror
    small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")  # begins at the mean, as in cae.py
    image = layers.Conv2DTranspose(
        3, 7, 2, "same", kernel_initializer=small, dtype="float32", name="reconstruction"
    )(x)
    return keras.Model(embedding, image, name="decoder")


@keras.saving.register_keras_serializable("facefold")
class ResNet18AE(Autoencoder):
    """A ResNet-18 encoder and its mirror, trained on the mean squared error of standardised pixels.

    This is the model of P4, chapter 4. Images come in and go out in [0, 1]. Inside, they are standardised by
    the mean and deviation of each channel over the training images, which ``start_from`` computes. P4's loss
    (0.25 to near 0) is this model's ``reconstruction``. Each stage has ``blocks`` BasicBlocks, as ResNet-18
    has 2-2-2-2. P4 flattens the last maps (8,192 numbers); here ``latent_dim`` is free. P4 prints a block as
    ReLU(BN(...)) + x, which is ``shortcut="after_relu"``; ResNet-18's own is ReLU(BN(...) + x), the default.
    """

    settings: ResNet18AESettings

    def __init__(self, name: str = "resnet18_ae", **values: Any) -> None:
        """``values`` are the values of ``ResNet18AESettings``."""
        super().__init__(name, ResNet18AESettings(**values))
        asked = self.settings
        shape = asked.latent_dim, asked.base_filters, asked.blocks, asked.shortcut
        self.corruption = Corruption(self.settings.noise, self.settings.noise_level)
        self.encoder, self.decoder = build_encoder(*shape), build_decoder(*shape)
        self.mean = self.add_weight(
            shape=(3,), initializer="zeros", trainable=False, dtype="float32", name="mean"
        )
        self.deviation = self.add_weight(
            shape=(3,), initializer="ones", trainable=False, dtype="float32", name="deviation"
        )
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Computes the mean and deviation of each channel over the first 20,000 training images."""
        mean, square, n = np.zeros(3), np.zeros(3), 0
        for batch in examples.elements().take(20_000).batch(64).as_numpy_iterator():
            images = batch["image"].astype(np.float64)
            mean, square = mean + images.sum(axis=(0, 1, 2)), square + (images**2).sum(axis=(0, 1, 2))
            n += images.size // 3
        mean, square = mean / n, square / n
        self.mean.assign(mean)
        self.deviation.assign(np.sqrt(np.maximum(square - mean**2, 1e-6)))

    def scaled(self, images: Tensor) -> Tensor:
        """Standardises images in [0, 1]: subtracts the mean and divides by the deviation."""
        return (ops.cast(images, "float32") - self.mean) / self.deviation

    def decode(self, embeddings: Tensor) -> Tensor:
        """Embeddings (B, latent_dim) to images (B, 128, 128, 3) float32, not clipped."""
        return self.decoder(embeddings, training=False) * self.deviation + self.mean
