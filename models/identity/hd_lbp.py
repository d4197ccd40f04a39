"""People's faces by high-dimensional local binary patterns, and by what the user's own photos teach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from models.identity.block_embedding import BlockEmbedding
from models.identity.face_descriptors import BLOCK_SIZE, face_blocks
from models.identity.grey_faces import gather
from models.identity.learnt_filters import FILTERS, SIDE, learn_filters
from models.identity.registered_patches import SCALES
from models.identity.settings import BlockSettings
from models.tensors import Tensor

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


@keras.saving.register_keras_serializable("facefold")
class HDLBP(BlockEmbedding):
    """High-dimensional LBP (Chen, Cao, Wen and Sun, CVPR 2013), compressed and taught without any label.

    Histograms of uniform patterns, of oriented gradients and of the patterns of filters that the faces teach,
    around 27 places at five scales, then all that ``BlockEmbedding`` does. It is fitted, not trained.

    Args:
        seed: of all that is drawn.
        values: those of ``BlockSettings``. Where the faces are too few for ``latent_dim`` numbers, the last
            are zeros.
    """

    terms = ()

    def __init__(self, name: str = "hd_lbp", seed: int = 0, **values: Any) -> None:
        super().__init__(name, BlockSettings(**values), BLOCK_SIZE, seed)
        self.filters = self._fixed((FILTERS, SIDE, SIDE), "filters")
        self.built = True

    def blocks(self, grey: Tensor, own: Tensor, scales: Sequence[float] = SCALES) -> Tensor:
        """Histograms (B, 17 * s, 2096) of registered chips (B, 192, 192), 0 to 255."""
        return face_blocks(grey, self.places(grey), own, self.filters, scales)

    def learn_places(self, grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The mean face as every ``BlockEmbedding`` learns it, and the filters of faces in its shape."""
        registered, own = super().learn_places(grey)
        self.filters.assign(learn_filters(registered, self.seed))
        return registered, own

    def start_from(self, examples: ExampleSet) -> None:
        """Fits all parts on the training faces, 6,000 at most, evenly spread; nobody's name is read.

        Raises ValueError on fewer than 8 faces.
        """
        grey, photos = gather(examples)
        self.fit_blocks(*self.learn_places(grey), photos)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)
