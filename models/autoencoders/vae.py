"""Variational autoencoder of P0: tables I and II without BatchNorm, with two heads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import IMAGE_SHAPE, build_decoder, start_at_mean_colour, table_1
from models.autoencoders.corruption import Corruption
from models.autoencoders.settings import VAESettings
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


ACTIVE = 0.01  # variance of a latent mean over the data above which its unit is active (Burda et al. 2016)
LOG_VARIANCE_RANGE = (-12.0, 12.0)  # keeps exp() finite in float16


def build_encoder(latent_dim: int = 128, base_filters: int = 128) -> keras.Model:
    """Builds the encoder: images (B, 64, 64, 3) to mean and log-variance of q(z|x).

    Both are (B, latent_dim) float32.
    """
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = table_1(images, base_filters, batch_norm=False)
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(x)
    small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")  # begins near the prior's variance
    log_variance = layers.Dense(latent_dim, kernel_initializer=small, dtype="float32", name="log_variance")(x)
    return keras.Model(images, [mean, ops.clip(log_variance, *LOG_VARIANCE_RANGE)], name="encoder")


def kl_to_standard_normal(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, exp(log_variance)) || N(0, I)) in closed form, summed over the latents: (B,) in nats."""
    return 0.5 * ops.sum(ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance, axis=-1)


@keras.saving.register_keras_serializable("facefold")
class VAE(ConvolutionalModel):
    """Encoder and decoder of P0, trained on equation 3: the negative ELBO, in nats per image.

    The likelihood is a Gaussian with variance 1 for each pixel, so ``reconstruction`` is half the squared
    error summed over the pixels, without the constant 0.5 * 12,288 * log(2 pi). ``kl`` is in closed form.
    With ``beta`` 1, and after ``kl_warmup_epochs``, the loss is the negative ELBO. A pixel deviation of s
    corresponds to ``beta`` 1 / s^2 and the same model up to scale. During the warm-up the training loss
    weighs the KL by a share of ``beta`` that grows linearly from 0; the validation loss always weighs it by
    ``beta``.

    The embedding is the mean of q(z|x). There are biases where the tables have BatchNorm, which P0 leaves
    out.
    """

    settings: VAESettings

    generates = True
    tells_of_embeddings = True
    terms = ("reconstruction", "kl")

    def __init__(self, name: str = "vae", **values: Any) -> None:
        """``values`` are the values of ``VAESettings``."""
        super().__init__(name, VAESettings(**values))
        latent_dim, base_filters = self.settings.latent_dim, self.settings.base_filters
        self.beta, self.kl_warmup_epochs = self.settings.beta, self.settings.kl_warmup_epochs
        self.corruption = Corruption(self.settings.noise, self.settings.noise_level)
        self.encoder = build_encoder(latent_dim, base_filters)
        self.decoder = build_decoder(latent_dim, base_filters, batch_norm=False)
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Makes an untrained model reconstruct nearly the mean colour of the training images."""
        start_at_mean_colour(self.decoder, examples)

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, 64, 64, 3) into the means of q(z|x), (B, latent_dim) float32."""
        return self.encoder(images, training=False)[0]

    def call(self, images: Tensor, training: bool = False) -> dict[str, Tensor]:
        """The ``reconstruction`` of a sample z of q(z|x), and its ``mean`` and ``log_variance``."""
        mean, log_variance = self.encoder(self.corruption(images, training=training), training=training)
        noise = keras.random.normal(ops.shape(mean), dtype="float32", seed=self.seed_generator)
        latent = mean + ops.exp(0.5 * log_variance) * noise
        reconstruction = self.decoder(latent, training=training)
        return {"reconstruction": reconstruction, "mean": mean, "log_variance": log_variance}

    def loss_terms(self, images: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``reconstruction`` and ``kl``, both in nats per image, as means over the batch."""
        difference = ops.cast(images, "float32") - ops.cast(outputs["reconstruction"], "float32")
        squared = ops.sum(ops.square(difference), axis=(1, 2, 3))
        kl = kl_to_standard_normal(outputs["mean"], outputs["log_variance"])
        return {"reconstruction": 0.5 * ops.mean(squared), "kl": ops.mean(kl)}

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """``beta`` for ``kl``; while training, times the share of the warm-up that is over."""
        warmup = self.kl_warmup_epochs * self.steps_per_epoch
        if not training or warmup <= 0:
            return {"kl": self.beta}
        return {"kl": self.beta * ops.minimum(1.0, ops.cast(self.optimizer.iterations, "float32") / warmup)}

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``active_units``: how many latents have a mean whose variance over the examples is above 0.01."""
        return {"active_units": int((np.asarray(embeddings).var(axis=0) > ACTIVE).sum())}
