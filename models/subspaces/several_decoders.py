"""A variational autoencoder with several decoders, each on its own noisy latents (P2, section 5.3.4).

The paper gives neither sizes nor the loss. Here they are those of Tran et al. 2021, "Fast and precise
single-cell data analysis using a hierarchical autoencoder" (scDHA), which it follows.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import initializers, layers, ops, optimizers

from models.subspaces.repeated import fresh_start, train_on
from models.subspaces.settings import SubspaceSettings
from models.tensors import Tensor

ERROR_WEIGHT = 100.0  # of the squared error beside the divergence
SMALLEST = 1e-7  # a softmax may be 0, where neither its logarithm nor the slope of its root is finite


class SeveralDecoders(keras.Model):
    """Features (n, d) to a mean and a variance (n, subspace_dim), and back by ``n_decoders`` decoders."""

    def __init__(self, d: int, settings: SubspaceSettings) -> None:
        super().__init__(name="several_decoders")
        self.settings = settings
        self.hidden = layers.Dense(settings.hidden_units)
        self.normed = layers.BatchNormalization()
        self.mean = layers.Dense(settings.subspace_dim)
        self.spread = layers.Dense(
            settings.subspace_dim, activation="softmax" if settings.variance == "softmax" else None
        )
        self.decoders = [
            keras.Sequential([layers.Dense(settings.hidden_units, activation="selu"), layers.Dense(d)])
            for _ in range(settings.n_decoders)
        ]
        self.noise = keras.random.SeedGenerator(0)
        self.warm_up = self.add_weight(shape=(), initializer="ones", trainable=False, name="warm_up")
        self.compile(optimizers.AdamW(5e-4, weight_decay=1e-3))

    def moments(self, features: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """Mean and variance of the latents, (n, subspace_dim) each; the variance is above 0."""
        hidden = self.normed(self.hidden(features), training=training)
        spread = self.spread(hidden)
        return self.mean(hidden), spread if self.settings.variance == "softmax" else ops.exp(spread)

    def call(self, features: Tensor, training: bool = False) -> tuple[Tensor, ...]:
        """Mean, variance and the reconstruction (n, d) of each decoder."""
        mean, variance = self.moments(features, training)
        scale = self.settings.noise * ops.sqrt(ops.maximum(variance, SMALLEST))
        again = [
            decoder(mean + scale * keras.random.normal(ops.shape(mean), seed=self.noise))
            for decoder in self.decoders
        ]
        return mean, variance, *again

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The absolute error while it warms up, then 100 times the squared one and the divergence."""
        mean, variance, *again = y_pred
        absolute = sum(ops.mean(ops.abs(x - one)) for one in again)
        squared = sum(ops.mean(ops.square(x - one)) for one in again)
        log = ops.log(variance + SMALLEST)
        divergence = -0.5 * ops.mean(1 + log - ops.square(mean) - variance)
        return ops.where(self.warm_up > 0, absolute, ERROR_WEIGHT * squared + divergence)

    def fit_to(self, features: np.ndarray, seed: int) -> float:
        """Fits it to features (n, d) from new weights; the mean loss of the last epoch."""
        self(features[:1])
        fresh_start(self, seed, initializers.GlorotUniform)
        self.noise.state.assign(np.array([seed, 0], np.uint32))
        size = max(1, len(features) // self.settings.steps_an_epoch)
        self.warm_up.assign(1.0)
        train_on(self, features, None, seed, self.settings.warm_up_epochs, size)
        self.warm_up.assign(0.0)
        return train_on(self, features, None, seed + 1, self.settings.vae_epochs, size)


def subspaces(
    mean: np.ndarray, variance: np.ndarray, n_subspaces: int, noise: float, random_state: int
) -> np.ndarray:
    """Draws of the latents, (n_subspaces, n, subspace_dim): mean + noise sqrt(variance) eps.

    mean and variance are (n, subspace_dim); eps is standard normal, drawn by ``random_state``.
    """
    generator = np.random.default_rng(random_state)
    eps = generator.standard_normal((n_subspaces, *mean.shape))
    return mean + noise * np.sqrt(variance) * eps
