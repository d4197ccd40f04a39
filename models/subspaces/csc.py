"""Consensus subspace clustering's embedding: the latents of several members side by side (P2, chapter 5)."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from models.contract import EmbeddingModel
from models.devices.threads import in_threads
from models.pretrained.frozen import float32_layers
from models.subspaces.flattening import KERNEL, STRIDE, Flattening, flattened
from models.subspaces.given_features import all_features, described, given_features, loudness
from models.subspaces.rank_one import kept_features, n_kept
from models.subspaces.settings import SubspaceSettings
from models.subspaces.several_decoders import SeveralDecoders
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet

logger = logging.getLogger(__name__)
LARGEST_SEED = 2**31 - 1
MOST_SIDE_BY_SIDE = 4


@keras.saving.register_keras_serializable("facefold")
class CSC(EmbeddingModel):
    """R members; each flattens a picture several times, filters the features and encodes what is left.

    ``encode`` gives R blocks [mean, variance] of ``subspace_dim`` numbers each, side by side, so that the
    clusterer ``csc`` draws the subspaces from them by its seed. It is fitted in ``start_from``.
    """

    settings: SubspaceSettings

    terms = ()

    def __init__(self, name: str = "csc", seed: int = 0, **values: Any) -> None:
        """``values`` are the values of ``SubspaceSettings``."""
        super().__init__(name, SubspaceSettings(**values))
        self.seed = seed
        self.told: dict[str, Any] = {}
        self.scales = None
        if self.settings.features != "autoencoders":
            width = described(self.settings)[1]
            self.scales = self.add_weight(shape=(width,), initializer="ones", trainable=False, name="scales")
        self.members = [Member(self, number) for number in range(self.settings.n_members)]
        self.lowest = self.add_weight(shape=(), initializer="zeros", trainable=False, name="lowest")
        self.highest = self.add_weight(shape=(), initializer="ones", trainable=False, name="highest")
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the model."""
        return {**super().get_config(), "seed": self.seed}

    def start_from(self, examples: ExampleSet) -> None:
        """Fits every member to all training images; the networks learn from drawn ones."""
        images = examples.array("image", examples.n)
        self.lowest.assign(images.min())
        self.highest.assign(images.max())
        images = ops.convert_to_numpy(self.scaled(images))
        with float32_layers():
            dead = self._fit_members(images)
        self.told = {"dead_features": float(np.mean(dead)), "members": len(self.members)}

    def _fit_members(self, images: np.ndarray) -> list[float]:
        """Fits each to scaled images (n, h, w, c); the share of dead features of each."""
        seeds = np.random.default_rng(self.seed).integers(LARGEST_SEED, size=len(self.members)).tolist()
        if self.scales is None:
            networks = side_by_side(self.settings)
        else:
            self.scales.assign(loudness(images, self.settings))
            given = all_features(images, self.settings, ops.convert_to_numpy(self.scales))
        dead = []
        for number, (member, seed) in enumerate(zip(self.members, seeds, strict=True), 1):
            fitted = (
                member.fit(images, networks, seed) if self.scales is None else member.fit_given(given, seed)
            )
            dead.append(fitted)
            logger.info("Member %d of %d is fitted", number, len(self.members))
        return dead

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``members``, and ``dead_features``: the share of features that are 0 of every picture."""
        return self.told

    def scaled(self, images: Tensor) -> Tensor:
        """Images (B, h, w, c) stretched to 0 and 1 as the setting ``scale`` says; a constant one is 0."""
        if self.settings.scale == "none":
            return images
        if self.settings.scale == "set":
            low, high = self.lowest, self.highest
        else:
            low = ops.min(images, axis=(1, 2, 3), keepdims=True)
            high = ops.max(images, axis=(1, 2, 3), keepdims=True)
        span = high - low
        return (images - low) / ops.where(span > 0, span, ops.ones_like(span))

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) into (B, R * 2 * subspace_dim) float32."""
        scaled = self.scaled(ops.cast(images, "float32"))
        if self.scales is not None:  # features that are the same of all members
            scaled = given_features(scaled, self.settings, ops.convert_to_tensor(self.scales))
        return ops.concatenate([part for member in self.members for part in member.moments(scaled)], axis=1)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)


def side_by_side(settings: SubspaceSettings) -> list[Flattening]:
    """A network for each core, at most four: a single one leaves cores idle between its steps."""
    count = min(len(os.sched_getaffinity(0)), MOST_SIDE_BY_SIDE, settings.n_flattenings)
    return [Flattening(settings.shape, settings.n_features, settings.n_filters) for _ in range(count)]


class Member:
    """One member: the weights that a picture's mean and variance are computed by, kept by the model."""

    def __init__(self, model: CSC, number: int) -> None:
        settings = model.settings
        self.settings, self.model, self.number = settings, model, number
        side, channels = settings.side, settings.channels
        flattens = settings.features == "autoencoders"
        width = settings.n_features if flattens else int(np.prod(described(settings)))
        kept = n_kept(settings.share, width) if settings.filter else width
        half = -(-side // STRIDE)
        self.flattenings: list[tuple[Any, ...]] = []
        self.columns: Any = None
        if flattens:
            shapes = (
                (KERNEL, KERNEL, channels, settings.n_filters),
                (settings.n_filters,),
                (half * half * settings.n_filters, kept),
                (kept,),
            )
            self.flattenings = [
                tuple(self._weight(shape, f"flattening_{f}_{i}") for i, shape in enumerate(shapes))
                for f in range(settings.n_flattenings)
            ]
        else:
            self.columns = self._weight((kept,), "columns", "int32")
        d = kept * max(1, len(self.flattenings))
        hidden, latent = settings.hidden_units, settings.subspace_dim
        self.deviation = self._weight((), "deviation")
        self.hidden = [self._weight(shape, f"hidden_{len(shape)}") for shape in ((d, hidden), (hidden,))]
        self.mean = [self._weight(shape, f"mean_{len(shape)}") for shape in ((hidden, latent), (latent,))]
        self.spread = [self._weight(shape, f"spread_{len(shape)}") for shape in ((hidden, latent), (latent,))]

    def _weight(self, shape: tuple[int, ...], name: str, dtype: str = "float32") -> keras.Variable:
        return self.model.add_weight(
            shape=shape,
            initializer="zeros",
            trainable=False,
            dtype=dtype,
            autocast=False,
            name=f"member_{self.number}_{name}",
        )

    def fit(self, images: np.ndarray, networks: Sequence[Flattening], seed: int) -> float:
        """Fits it to scaled images (n, h, w, c); the share of features that are 0 of every picture.

        So many flattenings are fitted side by side as there are ``networks``.
        """
        generator = np.random.default_rng(seed)
        seeds = generator.integers(LARGEST_SEED, size=len(self.flattenings)).tolist()
        free: SimpleQueue[Flattening] = SimpleQueue()
        for network in networks:
            free.put(network)

        def one(item: tuple[tuple[Any, ...], int]) -> tuple[np.ndarray, float]:
            taken = free.get()
            try:
                return self._fit_one(images, taken, *item)
            finally:
                free.put(taken)

        found = in_threads(one, list(zip(self.flattenings, seeds, strict=True)), len(networks))
        self._fit_columns(np.concatenate([part for part, _ in found], axis=1), generator)
        return float(np.mean([dead for _, dead in found]))

    def fit_given(self, features: np.ndarray, seed: int) -> float:
        """Fits it to given features (n, f); the share of them that are 0 of every picture."""
        kept = self._kept(features)
        self.columns.assign(kept.astype(np.int32))
        self._fit_columns(features[:, kept], np.random.default_rng(seed))
        return float((features.max(axis=0) == 0).mean())

    def _fit_columns(self, columns: np.ndarray, generator: np.random.Generator) -> None:
        """The encoder of columns (n, d), which are divided by their mean deviation in place."""
        deviation = float(columns.std(axis=0).mean()) or 1.0
        self.deviation.assign(deviation)
        columns /= deviation
        encoder = SeveralDecoders(columns.shape[1], self.settings)
        encoder.fit_to(columns, int(generator.integers(LARGEST_SEED)))
        self._take(encoder)

    def _fit_one(
        self, images: np.ndarray, flattening: Flattening, weights: tuple[Any, ...], seed: int
    ) -> tuple[np.ndarray, float]:
        """One autoencoder: the features that the filter keeps of all images, and the share of dead ones."""
        settings, generator = self.settings, np.random.default_rng(seed)
        shown = images
        if len(images) > settings.most_shown:
            shown = images[generator.choice(len(images), settings.most_shown, replace=False)]
        flattening.fit(shown, int(generator.integers(LARGEST_SEED)), settings.flatten_epochs)
        features = flattening.features(images)
        kept = self._kept(features)
        for variable, value in zip(weights, flattening.weights(kept), strict=True):
            variable.assign(value)
        return features[:, kept], float((features.max(axis=0) == 0).mean())

    def _kept(self, features: np.ndarray) -> np.ndarray:
        if not self.settings.filter:
            return np.arange(features.shape[1])
        return kept_features(features, self.settings.share, self.settings.relative_error)

    def _take(self, encoder: SeveralDecoders) -> None:
        """Copies the encoder's weights; its batch normalisation becomes a part of the dense layer before."""
        kernel, bias = encoder.hidden.get_weights()
        gamma, beta, mean, variance = encoder.normed.get_weights()
        scale = gamma / np.sqrt(variance + encoder.normed.epsilon)
        self.hidden[0].assign(kernel * scale)
        self.hidden[1].assign((bias - mean) * scale + beta)
        for variables, layer in ((self.mean, encoder.mean), (self.spread, encoder.spread)):
            for variable, value in zip(variables, layer.get_weights(), strict=True):
                variable.assign(value)

    def moments(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance (B, subspace_dim) of scaled images (B, h, w, c), or of given features (B, f)."""
        if self.columns is None:
            features = ops.concatenate([flattened(seen, one) for one in self.flattenings], axis=1)
        else:
            features = ops.take(seen, self.columns, axis=1)
        hidden = ops.matmul(features / self.deviation, self.hidden[0]) + self.hidden[1]
        mean = ops.matmul(hidden, self.mean[0]) + self.mean[1]
        spread = ops.matmul(hidden, self.spread[0]) + self.spread[1]
        return mean, ops.softmax(spread) if self.settings.variance == "softmax" else ops.exp(spread)
