"""People's faces by high-dimensional local binary patterns, and by what the user's own photos teach."""

import keras

from models.identity.block_embedding import BlockEmbedding
from models.identity.face_descriptors import BLOCK_SIZE, face_histograms, symmetric_blocks
from models.identity.grey_faces import gather
from models.identity.registered_patches import SCALES


@keras.saving.register_keras_serializable("facefold")
class HDLBP(BlockEmbedding):
    """High-dimensional LBP (Chen, Cao, Wen and Sun, CVPR 2013), compressed and taught without any label.

    Histograms of uniform patterns around 27 places at five scales, then all that ``BlockEmbedding`` does. It
    is fitted, not trained.

    Args:
        latent_dim: numbers of an embedding; where the faces are too few for as many, the last are zeros.
        block_dim: principal axes of each of the 85 blocks.
        rounds: of pseudo-identities, at most.
        seed: of all that is drawn.
    """

    terms = ()
    learns = False

    def __init__(self, latent_dim=128, block_dim=128, rounds=3, seed=0):
        super().__init__("hd_lbp", BLOCK_SIZE, latent_dim, block_dim, rounds, seed)
        self.built = True

    def blocks(self, grey, places, scales=SCALES):
        """Histograms (B, 17 * s, 944) of grey chips (B, 192, 192), 0 to 255, at places (B, 27, 2)."""
        return symmetric_blocks(face_histograms(grey, places, scales))

    def start_from(self, examples):
        """Fits all parts on the training faces, 6,000 at most, evenly spread; nobody's name is read.

        Raises ValueError on fewer than 8 faces, and on points of some, but fewer than 100 faces.
        """
        grey, photos, points = gather(examples)
        self.learn_places(grey, points)
        self.fit_blocks(grey, photos)

    def call(self, images, training=False):
        """The embeddings."""
        return self.encode(images)
