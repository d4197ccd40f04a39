"""Wavelet scattering of small pictures as an embedding: frozen filters, then principal axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from models.contract import EmbeddingModel
from models.pretrained.frozen import fixed_weight
from models.subspaces.principal_axes import fit_axes
from models.subspaces.settings import ScatteringSettings
from models.subspaces.spread_rows import checked_pictures, spread_rows
from models.subspaces.wavelet_scattering import n_paths, scattering
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


QUIET = 1e-6  # of the loudest channel: what is quieter is rounding, and isn't made louder


@keras.saving.register_keras_serializable("facefold")
class Scattering(EmbeddingModel):
    """Scattering of orders 0 to 2, each channel over its root mean square, on its first principal axes.

    Bruna and Mallat, "Invariant scattering convolution networks" (2013). The filters are given; the training
    pictures decide the scales of the channels and the axes. It is fitted, not trained.
    """

    settings: ScatteringSettings

    terms = ()

    def __init__(self, name: str = "scattering", **values: Any) -> None:
        """``values`` are the values of ``ScatteringSettings``; raises ValueError for impossible ones."""
        super().__init__(name, ScatteringSettings(**values))
        chosen = self.settings
        self.picture = (chosen.side, chosen.side, chosen.channels)
        places = -(-chosen.side // 2**chosen.n_scales)
        paths = chosen.channels * n_paths(chosen.n_scales, chosen.n_angles)
        self.described = (places, places, paths)
        features = places * places * paths
        self.scales = fixed_weight(self, (paths,), "scales")
        self.mean = fixed_weight(self, (features,), "mean")
        self.axes = fixed_weight(self, (features, chosen.latent_dim), "axes")
        self.scales.assign(np.ones(paths, np.float32))
        self.facts: dict[str, Any] = {}
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Finds the scales and the axes from at most 20,000 training pictures, evenly spread.

        Fewer are read where their scattering would take more than 512 MB. Where there are fewer pictures than
        ``latent_dim``, the other numbers of an embedding are 0. Raises ValueError if all pictures are equal.
        """
        rows = spread_rows(examples, self.described_rows, int(np.prod(self.described)))
        channels = rows.reshape(-1, self.described[-1])
        loudness = np.sqrt(np.einsum("ij,ij->j", channels, channels, dtype=np.float64) / len(channels))
        scales = np.maximum(loudness, QUIET * loudness.max()) + (loudness.max() == 0)
        channels /= scales.astype(np.float32)
        found = fit_axes(rows, self.settings.latent_dim)
        self.scales.assign(scales.astype(np.float32))
        self.mean.assign(found.mean)
        self.axes.assign(found.axes)
        self.facts = {"fitted_on": len(rows), "latent_dim": found.n_axes, "kept_variance": found.kept}

    def described_rows(self, images: Tensor) -> Tensor:
        """The scattering of images (B, side, side, channels), a row each: (B, places^2 * paths) float32."""
        images = checked_pictures(images, self.picture, self.name)
        found = scattering(images, self.settings.n_scales, self.settings.n_angles, self.settings.edge)
        return tf.reshape(found, (-1, int(np.prod(self.described))))

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) in [0, 1] into embeddings (B, latent_dim) float32."""
        found = tf.reshape(self.described_rows(images), (-1, *self.described)) / self.scales
        flat = tf.reshape(found, (-1, int(np.prod(self.described))))
        return tf.matmul(flat - self.mean, tf.convert_to_tensor(self.axes))

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``fitted_on`` pictures, ``latent_dim`` axes, and ``kept_variance``, the share that these hold."""
        return self.facts
