"""What the embeddings of registered patches share: places, blocks, whitening, rounds of pseudo-identities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.contract import EmbeddingModel
from models.devices.memory import give_back
from models.identity.face_places import DISTINCT, PLACES, fixed_places
from models.identity.grey_faces import grey_levels
from models.identity.pseudo_identity import learn
from models.identity.registered_patches import BLOCKS, SCALES
from models.identity.settings import BlockSettings
from models.identity.whitening import principal_axes, soft_whitening
from models.inputs.by_batches import by_batches
from models.landmarks.landmark_network import LandmarkNetwork
from models.tensors import Tensor

FEWEST_FACES = 8


class BlockEmbedding(EmbeddingModel):
    """Descriptors at 27 places and five scales, the mean of a face and its mirror image: 85 blocks.

    The principal axes of each block; softly whitened axes of all blocks; then rounds of pseudo-identities.
    Embeddings have length 1, and their cosine tells one person from two. A model adds ``blocks``.

    Where faces come with 68 points, a network learns them, and its points are the places, of these faces as
    of all others; without any, the places are the same in every chip.
    """

    settings: BlockSettings

    def __init__(self, name: str, settings: BlockSettings, block_size: int, seed: int) -> None:
        super().__init__(name, settings)
        self.seed = seed
        latent_dim, block_dim, rounds = settings.latent_dim, settings.block_dim, settings.rounds
        self.landmark_network = LandmarkNetwork()
        self.block_axes = self._fixed((BLOCKS, block_size, block_dim), "block_axes")
        self.axes = self._fixed((BLOCKS * block_dim, latent_dim), "axes")
        self.offset = self._fixed((latent_dim,), "offset")
        self.round_maps = self._fixed((rounds + 1, latent_dim, latent_dim), "round_maps")
        self.facts: dict[str, Any] = {}

    def _fixed(self, shape: tuple[int, ...], name: str) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name=name)

    def blocks(self, grey: Tensor, places: Tensor, scales: Sequence[float] = SCALES) -> Tensor:
        """Descriptors of grey chips (B, 192, 192), 0 to 255, at places (B, 27, 2) and s scales.

        float32 (B, 17 * s, block_size): place by place, scale by scale.
        """
        raise NotImplementedError(f"{self.name} has no blocks. Expected a model that describes faces.")

    def learn_places(self, grey: np.ndarray, points: np.ndarray) -> None:
        """Teaches the network of landmarks where any face has points; first of all parts.

        Args:
            grey, points: of ``grey_faces.gather``.

        Raises:
            ValueError: fewer than 8 faces, or points of some, but fewer than 100 faces.
        """
        if len(grey) < FEWEST_FACES:
            raise ValueError(
                f"Too few faces to fit {self.name}. Expected at least {FEWEST_FACES}; received {len(grey)}. "
                "Add photos."
            )
        known = np.isfinite(points).any()
        taught = self.landmark_network.teach(grey, points, self.seed) if known else None
        self.facts = {"landmarks": taught}
        give_back()

    def fit_blocks(self, grey: np.ndarray, photos: np.ndarray) -> None:
        """Fits axes, whitening and rounds on faces, of ``grey_faces.gather``; nobody's name is read."""
        coordinates = self._fit_axes(grey)
        used = int(np.count_nonzero(np.any(coordinates, axis=0)))
        found = learn(coordinates[:, :used], photos, self.settings.rounds, self.seed)
        maps = np.zeros(self.round_maps.shape, np.float32)
        maps[:, :used, :used] = found.maps
        self.round_maps.assign(maps)
        self.facts |= {"fitted_on": len(grey), "rounds": found.facts()}

    def _all_places(self, grey: np.ndarray) -> np.ndarray:
        """``places`` of grey chips (n, 192, 192) uint8: (n, 27, 2) float32."""
        found = np.empty((len(grey), len(PLACES), 2), np.float32)
        places_of = tf.function(lambda chips: self.places(tf.cast(chips, tf.float32)), reduce_retracing=True)
        for rows, made in by_batches(places_of, grey):
            found[rows] = made
        return found

    def _described(self, grey: np.ndarray, places: np.ndarray, scale: float) -> np.ndarray:
        """``blocks`` of n chips at one scale: (n, 17, block_size) float16, half the memory, three digits."""
        described = np.empty((len(grey), DISTINCT, self.block_axes.shape[1]), np.float16)

        @tf.function(reduce_retracing=True)
        def blocks_of(chips: Tensor, at: Tensor) -> Tensor:
            return tf.cast(self.blocks(tf.cast(chips, tf.float32), at, (scale,)), tf.float16)

        for rows, found in by_batches(blocks_of, grey, places):
            described[rows] = found
        return described

    def _fit_axes(self, grey: np.ndarray) -> np.ndarray:
        """Sets the axes of every block and of all together; the coordinates (n, latent_dim) of the faces."""
        reduced = self._fit_block_axes(grey)
        whitened, offset = soft_whitening(reduced, self.settings.latent_dim, self.seed)
        self.axes.assign(whitened)
        self.offset.assign(offset)
        return reduced @ whitened - offset

    def _fit_block_axes(self, grey: np.ndarray) -> np.ndarray:
        """Sets the axes of every block; all faces on all of them: (n, 85 * block_dim) float32.

        The descriptors of one scale are in memory at a time, a fifth of all.
        """
        block_dim = self.settings.block_dim
        axes = np.empty(self.block_axes.shape, np.float32)
        reduced = np.empty((len(grey), BLOCKS, block_dim), np.float32)
        places = self._all_places(grey)
        for number, scale in enumerate(SCALES):
            described = self._described(grey, places, scale)
            for place in range(DISTINCT):
                block = place * len(SCALES) + number
                rows = described[:, place].astype(np.float32)
                axes[block] = principal_axes(rows, block_dim)
                reduced[:, block] = rows @ axes[block]
            del described  # before the next scale's
            give_back()
        self.block_axes.assign(axes)
        return reduced.reshape(len(grey), -1)

    def places(self, grey: Tensor) -> Tensor:
        """The 27 places in grey chips (B, 192, 192): (B, 27, 2) float32, x and y in chip pixels."""
        return tf.cond(
            self.landmark_network.taught > 0,
            lambda: tf.gather(self.landmark_network(grey), PLACES, axis=1),
            lambda: tf.tile(fixed_places()[None], (tf.shape(grey)[0], 1, 1)),
        )

    def coordinates(self, images: Tensor) -> Tensor:
        """Images (B, 192, 192, 3) in [0, 1] to softly whitened coordinates (B, latent_dim) float32."""
        grey = grey_levels(images)
        blocks = self.blocks(grey, self.places(grey))
        reduced = tf.transpose(tf.matmul(tf.transpose(blocks, (1, 0, 2)), self.block_axes), (1, 0, 2))
        flat = tf.reshape(reduced, (-1, BLOCKS * self.settings.block_dim))
        return tf.matmul(flat, self.axes) - self.offset

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, 192, 192, 3) in [0, 1] to embeddings (B, latent_dim) float32 of length 1."""
        return self.encode_with_norm(images)["embedding"]

    def encode_with_norm(self, images: Tensor) -> dict[str, Tensor]:
        """``embedding`` as ``encode`` gives it, and ``norm`` (B,) float32, the length of the coordinates."""
        coordinates = self.coordinates(images)
        embedding = tf.math.l2_normalize(tf.matmul(coordinates, self.round_maps[-1]), axis=-1)
        return {"embedding": embedding, "norm": tf.norm(coordinates, axis=-1)}

    def stages(self, images: Tensor) -> Tensor:
        """The embedding before the rounds and after each: (B, rounds + 1, latent_dim) float32."""
        mapped = tf.einsum("bi,rij->brj", self.coordinates(images), tf.convert_to_tensor(self.round_maps))
        return tf.math.l2_normalize(mapped, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds it; the fitted parts are weights."""
        return {**super().get_config(), "seed": self.seed}

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """What the fit found: how many faces it was fitted on, the network of landmarks, the rounds."""
        return self.facts
