"""Table III of P0: tells codes of the prior from codes of the encoder."""

from __future__ import annotations

import keras
from keras import layers, ops

from models.tensors import Tensor

UNITS = 512


def build_discriminator(latent_dim: int = 512, paper_linear: bool = False, units: int = UNITS) -> keras.Model:
    """Builds the discriminator: latents (B, latent_dim) to logits (B, 1) float32, above 0 for the prior.

    It has four Dense layers of ``units`` and one of 1. With latent_dim 512, every row of table III and its
    total of 1,051,137 agree. The table shows no activations, which would make the five layers one linear map,
    so there is LeakyReLU(0.2) between them unless ``paper_linear``.
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
    """The logits (B, 1) of latents and their gradients (B, latent_dim) with respect to them, both float32.

    The gradients are computed layer by layer with plain operations. So they work on any backend, training can
    differentiate them again, and they share one forward pass with the logits.
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
