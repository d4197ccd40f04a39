"""Table III of P0: tells codes of the prior from codes of the encoder."""

from __future__ import annotations

import keras
from keras import layers, ops

from models.tensors import Tensor

UNITS = 512


def build_discriminator(latent_dim: int = 512, paper_linear: bool = False, units: int = UNITS) -> keras.Model:
    """Latents (B, latent_dim) to logits (B, 1) float32: above 0 for the prior.

    Four Dense of ``units`` and one of 1; with latent_dim 512 every row and the total of table III,
    1,051,137, agree. The table shows no activation, which makes five layers one linear map:
    LeakyReLU(0.2) stands between them unless ``paper_linear``.
    """
    latent = keras.Input((latent_dim,), name="latent")
    x = latent
    for _ in range(4):
        x = layers.Dense(units)(x)
        if not paper_linear:
            x = layers.LeakyReLU(negative_slope=0.2)(x)
    logit = layers.Dense(1, dtype="float32", name="logit")(x)
    return keras.Model(latent, logit, name="discriminator")


def judge(discriminator: keras.Model, latents: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, 1) of latents, and their gradients (B, latent_dim) by each latent, both float32.

    The gradients are written out layer by layer, so that they are plain operations on any backend, which
    training can differentiate again, and share the logits' one pass.
    """
    passed, x = [], latents
    for layer in discriminator.layers[1:]:
        passed.append((layer, x))
        x = layer(x)
    gradients = ops.ones_like(ops.cast(x, "float32"))
    for layer, inputs in reversed(passed):
        if isinstance(layer, layers.Dense):
            gradients = gradients @ ops.transpose(ops.cast(layer.kernel, "float32"))
        else:
            gradients = gradients * ops.where(inputs > 0, 1.0, layer.negative_slope)
    return x, gradients
