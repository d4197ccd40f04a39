"""People's faces by high-dimensional local binary patterns, and by what the user's own photos teach."""

import keras
import numpy as np
import tensorflow as tf

from models.contract import EmbeddingModel
from models.face_descriptors import (
    BLOCK_SIZE,
    BLOCKS,
    COUNTS_SHAPE,
    face_histograms,
    grey_levels,
    symmetric_block,
    symmetric_blocks,
)
from models.face_places import fixed_places
from models.preprocessing import CHIP_SIZE
from models.pseudo_identity import learn
from models.whitening import principal_axes, soft_whitening

MOST_FACES = 6000  # that the model is fitted on, evenly spread over all
FEWEST_FACES = 8
BATCH = 64


@keras.saving.register_keras_serializable("facefold")
class HDLBP(EmbeddingModel):
    """High-dimensional LBP (Chen, Cao, Wen and Sun, CVPR 2013), compressed and taught without any label.

    Histograms of uniform patterns around 27 places at five scales, the mean of a face and its mirror image;
    the principal axes of each block; softly whitened axes of all blocks; then rounds of pseudo-identities. It
    is fitted, not trained. Embeddings have length 1, and their cosine tells one person from two.

    Args:
        latent_dim: numbers of an embedding; where the faces are too few for as many, the last are zeros.
        block_dim: principal axes of each of the 85 blocks.
        rounds: of pseudo-identities, at most.
        seed: of all that is drawn.
    """

    reads = ("image", "photo")
    terms = ()
    decodes = False
    learns = False

    def __init__(self, latent_dim=128, block_dim=128, rounds=3, seed=0):
        super().__init__("hd_lbp")
        self.settings = {
            "latent_dim": latent_dim,
            "block_dim": block_dim,
            "rounds": rounds,
            "seed": seed,
        }
        self.block_axes = self._fixed((BLOCKS, BLOCK_SIZE, block_dim), "block_axes")
        self.axes = self._fixed((BLOCKS * block_dim, latent_dim), "axes")
        self.offset = self._fixed((latent_dim,), "offset")
        self.round_maps = self._fixed((rounds + 1, latent_dim, latent_dim), "round_maps")
        self.facts = {}
        self.built = True

    def _fixed(self, shape, name):
        return self.add_weight(shape=shape, initializer="zeros", trainable=False, dtype="float32", name=name)

    def start_from(self, examples):
        """Fits all parts on the training faces, 6,000 at most, evenly spread; nobody's name is read.

        Raises ValueError on fewer than 8 faces.
        """
        grey, photos = gather(examples)
        if len(grey) < FEWEST_FACES:
            raise ValueError(
                f"Too few faces to fit hd_lbp. Expected at least {FEWEST_FACES}; received {len(grey)}. "
                "Add photos."
            )
        coordinates = self._fit_axes(self._counts(grey))
        used = int(np.count_nonzero(np.any(coordinates, axis=0)))
        found = learn(coordinates[:, :used], photos, self.settings["rounds"], self.settings["seed"])
        maps = np.zeros(self.round_maps.shape, np.float32)
        maps[:, :used, :used] = found.maps
        self.round_maps.assign(maps)
        self.facts = {"fitted_on": len(grey), "rounds": found.facts()}

    def _counts(self, grey):
        """``face_histograms`` of grey chips (n, 192, 192) uint8, as uint8."""
        counts = np.empty((len(grey), *COUNTS_SHAPE), np.uint8)

        @tf.function(reduce_retracing=True)
        def counted(chips):
            chips = tf.cast(chips, tf.float32)
            return tf.cast(face_histograms(chips, self.places(chips)), tf.uint8)

        for start in range(0, len(grey), BATCH):
            counts[start : start + BATCH] = counted(tf.constant(grey[start : start + BATCH]))
        return counts

    def _fit_axes(self, counts):
        """Sets the axes of every block and of all together; the coordinates (n, latent_dim) of the faces."""
        block_dim = self.settings["block_dim"]
        axes = np.empty(self.block_axes.shape, np.float32)
        reduced = np.empty((len(counts), BLOCKS, block_dim), np.float32)
        for block in range(BLOCKS):
            rows = symmetric_block(counts, block)
            axes[block] = principal_axes(rows, block_dim)
            reduced[:, block] = rows @ axes[block]
        reduced = reduced.reshape(len(counts), -1)
        whitened, offset = soft_whitening(reduced, self.settings["latent_dim"], self.settings["seed"])
        self.block_axes.assign(axes)
        self.axes.assign(whitened)
        self.offset.assign(offset)
        return reduced @ whitened - offset

    def places(self, grey):
        """The 27 places in grey chips (B, 192, 192): (B, 27, 2) float32, x and y in chip pixels."""
        return tf.tile(fixed_places()[None], (tf.shape(grey)[0], 1, 1))

    def coordinates(self, images):
        """Images (B, 192, 192, 3) in [0, 1] to softly whitened coordinates (B, latent_dim) float32."""
        grey = grey_levels(images)
        blocks = symmetric_blocks(face_histograms(grey, self.places(grey)))
        reduced = tf.transpose(tf.matmul(tf.transpose(blocks, (1, 0, 2)), self.block_axes), (1, 0, 2))
        flat = tf.reshape(reduced, (-1, BLOCKS * self.settings["block_dim"]))
        return tf.matmul(flat, self.axes) - self.offset

    def encode(self, images):
        """Images (B, 192, 192, 3) in [0, 1] to embeddings (B, latent_dim) float32 of length 1."""
        return tf.math.l2_normalize(tf.matmul(self.coordinates(images), self.round_maps[-1]), axis=-1)

    def stages(self, images):
        """The embedding before the rounds and after each: (B, rounds + 1, latent_dim) float32."""
        mapped = tf.einsum("bi,rij->brj", self.coordinates(images), tf.convert_to_tensor(self.round_maps))
        return tf.math.l2_normalize(mapped, axis=-1)

    def call(self, images, training=False):
        """The embeddings."""
        return self.encode(images)

    def figures(self, embeddings):
        """What the fit found, besides the embeddings: the rounds, and how many faces it was fitted on."""
        return self.facts

    def get_config(self):
        """What rebuilds it; the fitted parts are weights."""
        return self.settings


def gather(examples):
    """Grey chips (n, 192, 192) uint8 and photos (n,) int64 of at most 6,000 faces, evenly spread over all."""
    n = min(examples.n, MOST_FACES)
    grey, photos = np.empty((n, CHIP_SIZE, CHIP_SIZE), np.uint8), np.empty(n, np.int64)
    taken = 0
    for index, example in enumerate(examples.elements()):
        if taken < n and index * n >= taken * examples.n:
            grey[taken] = grey_levels(example["image"][tf.newaxis])[0]
            photos[taken] = example["photo"]
            taken += 1
    return grey, photos
