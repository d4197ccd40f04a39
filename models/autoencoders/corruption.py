"""Noise on the input of a denoising autoencoder (P4's review: Vincent et al. 2010)."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from models.autoencoders.settings import NOISES
from models.tensors import Tensor


@keras.saving.register_keras_serializable("facefold")
class Corruption(layers.Layer):
    """Adds noise to images (B, H, W, C) in [0, 1] while training, and otherwise leaves them unchanged.

    ``gaussian`` adds noise of standard deviation ``level``; ``masking`` sets the share ``level`` of the
    pixels, all channels, to 0; ``none`` does nothing. Raises ValueError for another ``kind`` or a level
    outside [0, 1).
    """

    def __init__(self, kind: str = "none", level: float = 0.1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if kind not in NOISES or not 0 <= level < 1:
            raise ValueError(
                f"No such corruption. Expected one of {', '.join(NOISES)} with a level in [0, 1); "
                f"received {kind!r} with {level}. Set noise and noise_level."
            )
        self.kind, self.level = kind, level
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The corrupted images, same shape and dtype."""
        if not training or self.kind == "none":
            return images
        shape = ops.shape(images)
        if self.kind == "gaussian":
            noise = keras.random.normal(shape, stddev=self.level, dtype="float32", seed=self.seed_generator)
            return images + ops.cast(noise, images.dtype)
        kept = keras.random.uniform((*shape[:3], 1), seed=self.seed_generator) >= self.level
        return images * ops.cast(kept, images.dtype)

    def get_config(self) -> dict[str, Any]:
        """Keras' config with ``kind`` and ``level``."""
        return {**super().get_config(), "kind": self.kind, "level": self.level}
