"""Frozen k-means features of patches as an embedding of small pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from models.contract import EmbeddingModel
from models.pretrained.frozen import fixed_weight
from models.subspaces.patches import learn_centroids, nearness, patches_of, quadrants
from models.subspaces.principal_axes import fit_axes
from models.subspaces.settings import PatchKMeansSettings
from models.subspaces.spread_rows import checked_pictures, spread_rows
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


PATCHES = 50_000  # that teach the centroids
EACH = 10  # patches of a picture among these, at least


@keras.saving.register_keras_serializable("facefold")
class PatchKMeans(EmbeddingModel):
    """Nearness of a picture's patches to centroids, over its quadrants, on the first principal axes.

    Coates, Ng and Lee (AISTATS 2011): whitened patches, k-means, the "triangle" activation, means over four
    quadrants, each number over its deviation. It is fitted, not trained.
    """

    settings: PatchKMeansSettings

    terms = ()

    def __init__(self, name: str = "patch_kmeans", seed: int = 0, **values: Any) -> None:
        """``values`` are those of ``PatchKMeansSettings``; raises ValueError for impossible ones."""
        super().__init__(name, PatchKMeansSettings(**values))
        self.seed = seed
        chosen = self.settings
        self.picture = (chosen.side, chosen.side, chosen.channels)
        numbers, features = chosen.patch**2 * chosen.channels, 4 * chosen.n_centroids
        self.patch_mean = fixed_weight(self, (numbers,), "patch_mean")
        self.whitening = fixed_weight(self, (numbers, numbers), "whitening")
        self.centroids = fixed_weight(self, (chosen.n_centroids, numbers), "centroids")
        self.scales = fixed_weight(self, (features,), "scales")
        self.mean = fixed_weight(self, (features,), "mean")
        self.axes = fixed_weight(self, (features, chosen.latent_dim), "axes")
        self.scales.assign(np.ones(features, np.float32))
        self.facts: dict[str, Any] = {}
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Finds the centroids from 50,000 patches, and the axes from at most 20,000 training pictures.

        Both are of pictures spread evenly over all. Raises ValueError where all pictures are equal, or have
        fewer patches than there are centroids.
        """
        found = learn_centroids(self._drawn(examples), self.settings.n_centroids, self.seed)
        self.patch_mean.assign(found.mean)
        self.whitening.assign(found.whitening)
        self.centroids.assign(found.centroids)
        rows = spread_rows(examples, self.described_rows, 4 * self.settings.n_centroids)
        deviation = rows.std(axis=0, dtype=np.float64)
        scales = np.where(deviation > 0, deviation, 1).astype(np.float32)
        rows /= scales
        axes = fit_axes(rows, self.settings.latent_dim)
        self.scales.assign(scales)
        self.mean.assign(axes.mean)
        self.axes.assign(axes.axes)
        self.facts = {"fitted_on": len(rows), "latent_dim": axes.n_axes, "kept_variance": axes.kept}

    def _drawn(self, examples: ExampleSet) -> np.ndarray:
        """Patches (n, d) float32 at random places; more of each picture where there are few pictures."""
        places, patch = (self.settings.side - self.settings.patch + 1) ** 2, self.settings.patch
        numbers = patch**2 * self.settings.channels
        each = min(places, max(EACH, -(-PATCHES // examples.n)))
        if examples.n * each < self.settings.n_centroids:
            raise ValueError(
                f"{examples.n} pictures have {examples.n * each} patches. Expected at least "
                f"n_centroids={self.settings.n_centroids}. Give more pictures, or set n_centroids lower."
            )
        generator = np.random.default_rng(self.seed)
        whole = spread_rows(
            examples,
            lambda images: tf.reshape(self._checked(images), (-1, int(np.prod(self.picture)))),
            int(np.prod(self.picture)),
            PATCHES // each + 1,
        )
        drawn = np.empty((len(whole), each, numbers), np.float32)
        for row, picture in enumerate(whole):
            found = patches_of(picture.reshape(1, *self.picture), patch).numpy().reshape(places, numbers)
            drawn[row] = found[generator.choice(places, each, replace=False)]
        return drawn.reshape(-1, numbers)

    def _checked(self, images: Tensor) -> Tensor:
        return checked_pictures(images, self.picture, self.name)

    def described_rows(self, images: Tensor) -> Tensor:
        """Nearness over quadrants of images (B, side, side, channels): (B, 4 n_centroids) float32."""
        patches = patches_of(self._checked(images), self.settings.patch)
        parts = (tf.convert_to_tensor(part) for part in (self.patch_mean, self.whitening, self.centroids))
        return quadrants(nearness(patches, *parts))

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) in [0, 1] into embeddings (B, latent_dim) float32."""
        rows = self.described_rows(images) / self.scales - self.mean
        return tf.matmul(rows, tf.convert_to_tensor(self.axes))

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds it; the fitted parts are weights."""
        return {**super().get_config(), "seed": self.seed}

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``fitted_on`` pictures, ``latent_dim`` axes, and ``kept_variance``, the share that these hold."""
        return self.facts
