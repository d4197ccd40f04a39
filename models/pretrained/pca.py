"""Principal components of the pixels as an embedding: the linear baseline."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops
from sklearn.decomposition import PCA as SklearnPCA

from models.contract import EmbeddingModel
from models.pretrained.settings import PCASettings
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


logger = logging.getLogger(__name__)


@keras.saving.register_keras_serializable("facefold")
class PCA(EmbeddingModel):
    """The first ``latent_dim`` principal axes of the training images, found by scikit-learn.

    No linear autoencoder has a smaller mean squared error. It is fitted, not trained.
    """

    settings: PCASettings

    terms = ()

    def __init__(self, name: str = "pca", **values: Any) -> None:
        """``values`` are the values of ``PCASettings``."""
        super().__init__(name, PCASettings(**values))
        self.latent_dim = self.axes = latent_dim = self.settings.latent_dim
        self.pixels = math.prod(self.settings.shape)
        self.mean = self._fixed((self.pixels,), "mean")
        self.components = self._fixed((latent_dim, self.pixels), "components")
        self.built = True

    def _fixed(self, shape: tuple[int, ...], name: str) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name=name)

    def start_from(self, examples: ExampleSet) -> None:
        """Finds the axes from the first 20,000 training images, one less than these at most.

        Where that is fewer than ``latent_dim``, the other numbers of an embedding are 0.
        """
        images = examples.array("image").reshape(-1, self.pixels)
        self.axes = min(self.latent_dim, len(images) - 1, self.pixels)
        if self.axes < self.latent_dim:
            words = "%d images have %d principal axes at most: latent_dim is %d, and not %d"
            logger.warning(words, len(images), self.axes, self.axes, self.latent_dim)
        fitted = SklearnPCA(self.axes, svd_solver="randomized", random_state=0).fit(images)
        components = np.zeros((self.latent_dim, self.pixels), np.float32)
        components[: self.axes] = fitted.components_
        self.mean.assign(fitted.mean_.astype(np.float32))
        self.components.assign(components)

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``latent_dim``: how many axes there are."""
        return {"latent_dim": self.axes}

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) into embeddings (B, latent_dim) float32."""
        flat = ops.reshape(ops.cast(images, "float32"), (-1, self.pixels))
        return ops.matmul(flat - self.mean, ops.transpose(self.components))

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, latent_dim) into images (B, side, side, channels) float32, not clipped."""
        flat = ops.matmul(ops.cast(embeddings, "float32"), self.components) + self.mean
        return ops.reshape(flat, (-1, *self.settings.shape))

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Reconstructions of ``images``."""
        return self.decode(self.encode(images))
