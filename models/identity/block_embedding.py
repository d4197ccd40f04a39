"""What the embeddings of registered patches share: places, blocks, whitening, rounds of pseudo-identities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from models.contract import EmbeddingModel
from models.devices.memory import give_back
from models.identity.face_places import DISTINCT, MIRRORED, PLACES
from models.identity.grey_faces import grey_levels
from models.identity.pseudo_identity import learn
from models.identity.registered_patches import BLOCKS, SCALES
from models.identity.settings import BlockSettings
from models.identity.whitening import principal_axes, soft_whitening
from models.inputs.by_batches import by_batches
from models.landmarks.face_mesh import FaceMesh
from models.landmarks.mesh_points import N_POINTS, OF_300W
from models.landmarks.mesh_warp import MeshWarp, mirrored_mesh, read_at, shown
from models.tensors import Tensor
from schemas.face import CHIP_SIZE

FEWEST_FACES = 8


class BlockEmbedding(EmbeddingModel):
    """Descriptors at 27 places and five scales, the mean of a face and its mirror image: 85 blocks.

    The principal axes of each block; softly whitened axes of all blocks; then rounds of pseudo-identities.
    Embeddings have length 1, and their cosine tells one person from two. A model adds ``blocks``.

    Every chip is brought into the shape of the library's mean face first, by a mesh of 468 points, so that
    the places are the same in all.
    """

    settings: BlockSettings

    def __init__(self, name: str, settings: BlockSettings, block_size: int, seed: int) -> None:
        super().__init__(name, settings)
        self.seed = seed
        latent_dim, block_dim, rounds = settings.latent_dim, settings.block_dim, settings.rounds
        self.face_mesh, self.mesh_warp = FaceMesh(), MeshWarp()
        self.block_axes = self._fixed((BLOCKS, block_size, block_dim), "block_axes")
        self.axes = self._fixed((BLOCKS * block_dim, latent_dim), "axes")
        self.offset = self._fixed((latent_dim,), "offset")
        self.round_maps = self._fixed((rounds + 1, latent_dim, latent_dim), "round_maps")
        self.facts: dict[str, Any] = {}

    def _fixed(self, shape: tuple[int, ...], name: str) -> keras.Variable:
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name=name)

    def blocks(self, grey: Tensor, own: Tensor, scales: Sequence[float] = SCALES) -> Tensor:
        """Descriptors of registered chips (B, 192, 192), 0 to 255, at ``places`` and s scales.

        float32 (B, 17 * s, block_size): place by place, scale by scale. ``own`` (B, 17) float32 is the share
        of the face, and not of its mirror image, at each place.
        """
        raise NotImplementedError(f"{self.name} has no blocks. Expected a model that describes faces.")

    def learn_places(self, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Reads the mesh's weights and learns the mean face; first of all parts.

        Args:
            grey: chips (n, 192, 192) uint8, of ``grey_faces.gather``.

        Returns:
            ``all_registered`` of the chips.

        Raises:
            ValueError: fewer than 8 faces.
            ModuleNotFoundError, FileNotFoundError: the mesh's weights are missing.
        """
        if len(grey) < FEWEST_FACES:
            raise ValueError(
                f"Too few faces to fit {self.name}. Expected at least {FEWEST_FACES}; received {len(grey)}. "
                "Add photos."
            )
        self.face_mesh.read()
        points = self.all_points(grey)
        self.mesh_warp.learn(points)
        self.facts = {}
        give_back()
        return self.all_registered(grey, points)

    def all_points(self, grey: np.ndarray) -> np.ndarray:
        """``mesh`` of n chips (n, 192, 192) uint8: (n, 468, 2) float32."""
        points = np.empty((len(grey), N_POINTS, 2), np.float32)
        for rows, found in by_batches(lambda some: self.mesh(tf.cast(some, tf.float32)), grey):
            points[rows] = found
        return points

    def all_registered(self, grey: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """``registered`` of n chips (n, 192, 192) uint8, with their ``all_points``.

        The same type and shape, and shares (n, 17) float32.
        """
        chips, own = np.empty_like(grey), np.empty((len(grey), DISTINCT), np.float32)

        def both(some: Tensor, theirs: Tensor) -> Tensor:
            found, shares = self.registered(tf.cast(some, tf.float32), theirs)
            return tf.concat([tf.reshape(found, (-1, CHIP_SIZE * CHIP_SIZE)), shares], axis=1)

        for rows, found in by_batches(both, grey, points):
            chips[rows] = found[:, :-DISTINCT].reshape(-1, CHIP_SIZE, CHIP_SIZE)
            own[rows] = found[:, -DISTINCT:]
        give_back()
        return chips, own

    def fit_blocks(self, grey: np.ndarray, own: np.ndarray, photos: np.ndarray) -> None:
        """Fits axes, whitening and rounds on what ``learn_places`` returns.

        ``photos`` (n,) are those of ``grey_faces.gather``; nobody's name is read.
        """
        coordinates = self._fit_axes(grey, own)
        used = int(np.count_nonzero(np.any(coordinates, axis=0)))
        found = learn(coordinates[:, :used], photos, self.settings.rounds, self.seed)
        maps = np.zeros(self.round_maps.shape, np.float32)
        maps[:, :used, :used] = found.maps
        self.round_maps.assign(maps)
        self.facts |= {"fitted_on": len(grey), "rounds": found.facts()}

    def _described(self, grey: np.ndarray, own: np.ndarray, scale: float) -> np.ndarray:
        """``blocks`` of n chips at one scale: (n, 17, block_size) float16, half the memory, three digits."""
        described = np.empty((len(grey), DISTINCT, self.block_axes.shape[1]), np.float16)

        def blocks_of(chips: Tensor, shares: Tensor) -> Tensor:
            return tf.cast(self.blocks(tf.cast(chips, tf.float32), shares, (scale,)), tf.float16)

        for rows, found in by_batches(blocks_of, grey, own):
            described[rows] = found
        return described

    def _fit_axes(self, grey: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Sets the axes of every block and of all together; the coordinates (n, latent_dim) of the faces."""
        reduced = self._fit_block_axes(grey, own)
        whitened, offset = soft_whitening(reduced, self.settings.latent_dim)
        self.axes.assign(whitened)
        self.offset.assign(offset)
        return reduced @ whitened - offset

    def _fit_block_axes(self, grey: np.ndarray, own: np.ndarray) -> np.ndarray:
        """Sets the axes of every block; all faces on all of them: (n, 85 * block_dim) float32.

        The descriptors of one scale are in memory at a time, a fifth of all.
        """
        block_dim = self.settings.block_dim
        axes = np.empty(self.block_axes.shape, np.float32)
        reduced = np.empty((len(grey), BLOCKS, block_dim), np.float32)
        for number, scale in enumerate(SCALES):
            described = self._described(grey, own, scale)
            for place in range(DISTINCT):
                block = place * len(SCALES) + number
                rows = described[:, place].astype(np.float32)
                axes[block] = principal_axes(rows, block_dim)
                reduced[:, block] = rows @ axes[block]
            del described  # before the next scale's
            give_back()
        self.block_axes.assign(axes)
        return reduced.reshape(len(grey), -1)

    def mesh(self, grey: Tensor) -> Tensor:
        """The points in grey chips (B, 192, 192): (B, 468, 2) float32, x and y in chip pixels.

        The mean of what the mesh finds in the face and in its mirror image.
        """
        both = self.face_mesh(tf.concat([grey, tf.reverse(grey, axis=[2])], axis=0))[..., :2]
        own, mirrored = tf.split(both, 2)
        return (own + mirrored_mesh(mirrored)) / 2

    def registered(self, grey: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Grey chips (B, 192, 192), 0 to 255, in the shape of the mean face, and the shares of their sides.

        ``points`` (B, 468, 2) are those of ``mesh``.

        Chips of whole levels, float32; and for each of 17 places how large it is seen, as a share of what it
        and its mirror image are together: (B, 17) float32.
        """
        there = self.mesh_warp(points)
        sizes = shown(there, self.mean_places())
        beside = tf.gather(sizes, MIRRORED[:DISTINCT], axis=1)
        own = sizes[:, :DISTINCT]
        return read_at(grey, there), own / (own + beside)

    def mean_places(self) -> Tensor:
        """The 27 places in the mean face: (27, 2) float32, x and y in chip pixels."""
        return tf.gather(self.mesh_warp.mean, [OF_300W[place] for place in PLACES])

    def places(self, registered: Tensor) -> Tensor:
        """``mean_places`` for each of the registered chips (B, 192, 192): (B, 27, 2)."""
        return tf.tile(self.mean_places()[tf.newaxis], (tf.shape(registered)[0], 1, 1))

    def coordinates(self, images: Tensor) -> Tensor:
        """Images (B, 192, 192, 3) in [0, 1] to softly whitened coordinates (B, latent_dim) float32."""
        grey = grey_levels(images)
        blocks = self.blocks(*self.registered(grey, self.mesh(grey)))
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
        """What the fit found: how many faces it was fitted on, and the rounds."""
        return self.facts
