"""P0's convolutional autoencoder made local: one small network for all patches of a face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from models.contract import mean_squared_error
from models.identity.block_embedding import BlockEmbedding
from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.grey_faces import gather
from models.identity.registered_patches import SCALES, SQUARE, patches
from models.identity.settings import PatchCAESettings
from models.inputs.by_batches import by_batches
from models.inputs.training_data import ExampleSet
from models.tensors import Tensor

FLATNESS = 10.0  # grey levels: the deviation below which a patch is not made louder
SIDE = SQUARE // 8  # of the code's map
WIDTHS = (24, 48)  # of the two convolutions before the code
DRAWN = 24  # patches of a face that the network learns from, of 135
SLOPE = 0.2  # of the leaky units, as in table I


def build_encoder(channels: int) -> keras.Model:
    """Patches (B, 32, 32, 1) to rectified codes (B, 4, 4, channels) by three strided convolutions."""
    images = x = keras.Input((SQUARE, SQUARE, 1), name="patch")
    for width in WIDTHS:
        x = layers.LeakyReLU(SLOPE)(layers.Conv2D(width, 5, 2, "same")(x))
    x = layers.Conv2D(channels, 3, 2, "same", activation="relu", name="code")(x)
    return keras.Model(images, x, name="encoder")


def build_decoder(channels: int) -> keras.Model:
    """Codes (B, 4, 4, channels) to patches (B, 32, 32, 1)."""
    codes = x = keras.Input((SIDE, SIDE, channels), name="code")
    for width in reversed(WIDTHS):
        x = layers.LeakyReLU(SLOPE)(layers.Conv2DTranspose(width, 4, 2, "same")(x))
    x = layers.Conv2DTranspose(1, 4, 2, "same", dtype="float32", name="reconstruction")(x)
    return keras.Model(codes, x, name="decoder")


def normalised(grey: Tensor) -> Tensor:
    """Patches (..., 32, 32) in grey levels to mean 0 and deviation about 1; flat ones stay quiet."""
    grey = tf.cast(grey, tf.float32)
    centred = grey - tf.reduce_mean(grey, (-2, -1), keepdims=True)
    power = tf.reduce_mean(tf.square(centred), (-2, -1), keepdims=True)
    return centred / tf.sqrt(power + FLATNESS**2)


@keras.saving.register_keras_serializable("facefold")
class PatchCAE(BlockEmbedding):
    """A denoising autoencoder (Vincent et al. 2008) over patches at 27 places and five scales.

    One network for all patches learns to take noise away; the codes of a patch, as square roots of their
    shares, are a block's descriptor. Then all that ``BlockEmbedding`` does, fitted when training ends.

    Args:
        seed: of all that is drawn.
        values: those of ``PatchCAESettings``. The code is a map of 4x4 with ``base_filters`` channels; a
            patch's own deviation is about 1, to which ``noise_level`` is measured.
    """

    terms = ("reconstruction",)
    trains_on = ("patches",)

    def __init__(self, name: str = "patch_cae", seed: int = 0, **values: Any) -> None:
        settings = PatchCAESettings(**values)
        base_filters = settings.base_filters
        super().__init__(name, settings, SIDE * SIDE * base_filters, seed)
        self.encoder, self.decoder = build_encoder(base_filters), build_decoder(base_filters)
        self.noise = layers.GaussianNoise(settings.noise_level, dtype="float32")
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Learns the mean face; see ``BlockEmbedding.learn_places``."""
        self.learn_places(gather(examples)[0])

    def training_sets(
        self, train_examples: ExampleSet, eval_examples: ExampleSet
    ) -> tuple[ExampleSet, ExampleSet]:
        """Both sets as ``patches`` (24, 32, 32) uint8 of each of at most 6,000 faces, drawn once."""
        return self._drawn(train_examples), self._drawn(eval_examples)

    def _drawn(self, examples: ExampleSet) -> ExampleSet:
        grey = gather(examples)[0]
        generator = np.random.default_rng(self.seed)
        drawn = np.empty((len(grey), DRAWN, SQUARE, SQUARE), np.uint8)
        for rows, every in by_batches(self._every_patch, grey):
            order = generator.random(every.shape[:2]).argsort(axis=1)[:, :DRAWN]
            drawn[rows] = every[np.arange(len(every))[:, None], order]
        return ExampleSet(tf.data.Dataset.from_tensor_slices({"patches": drawn}), len(drawn))

    def _every_patch(self, grey: Tensor) -> Tensor:
        """All patches of grey chips (B, 192, 192) uint8: uint8 (B, 135, 32, 32)."""
        grey = tf.cast(grey, tf.float32)
        grey, _ = self.registered(grey, self.mesh(grey))
        places = self.places(grey)
        every = tf.concat([patches(grey, places, scale) for scale in SCALES], axis=1)
        return tf.cast(tf.round(every), tf.uint8)

    def call(self, drawn: Tensor, training: bool = False) -> dict[str, Tensor]:
        """Patches (B, 24, 32, 32), normalised, and their reconstructions, both (B * 24, 32, 32, 1)."""
        seen = tf.reshape(normalised(drawn), (-1, SQUARE, SQUARE, 1))
        codes = self.encoder(self.noise(seen, training=training), training=training)
        return {"seen": seen, "reconstructed": self.decoder(codes, training=training)}

    def loss_terms(self, drawn: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``reconstruction``: the mean squared error, without the noise."""
        return {"reconstruction": mean_squared_error(outputs["seen"], outputs["reconstructed"])}

    def finish_on(self, examples: ExampleSet) -> None:
        """Fits axes, whitening and rounds on the codes of the training faces."""
        grey, photos = gather(examples)
        self.fit_blocks(*self.all_registered(grey, self.all_points(grey)), photos)

    def blocks(self, grey: Tensor, own: Tensor, scales: Sequence[float] = SCALES) -> Tensor:
        """Codes (B, 17 * s, 16 * base_filters) of registered chips (B, 192, 192)."""
        found, places, own = [], self.places(grey), own[:, :, tf.newaxis]
        for scale in scales:
            seen = normalised(patches(grey, places, scale))
            mirrored = tf.reverse(tf.gather(seen, MIRRORED[:DISTINCT], axis=1), axis=[-1])
            found.append(self._code(seen[:, :DISTINCT]) * own + self._code(mirrored) * (1 - own))
        return tf.reshape(tf.stack(found, axis=2), (-1, DISTINCT * len(scales), self.block_axes.shape[1]))

    def _code(self, seen: Tensor) -> Tensor:
        """Square roots of the shares of each code: (B, 17, 32, 32) to (B, 17, block_size) float32."""
        codes = self.encoder(tf.reshape(seen, (-1, SQUARE, SQUARE, 1)), training=False)
        codes = tf.reshape(tf.cast(codes, tf.float32), (-1, DISTINCT, self.block_axes.shape[1]))
        return tf.sqrt(codes / tf.maximum(tf.reduce_sum(codes, axis=-1, keepdims=True), 1e-6))
