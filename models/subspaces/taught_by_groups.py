"""A small network of pictures that another embedding's groups teach, and that can be served."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from models.catalog import build_model
from models.contract import EmbeddingModel
from models.pretrained.frozen import float32_layers
from models.subspaces.group_network import GroupNetwork
from models.subspaces.lessons import teach
from models.subspaces.settings import TaughtByGroupsSettings
from models.subspaces.spread_rows import checked_pictures
from models.subspaces.sure_pictures import Groups, mixture_groups, sure_pictures
from models.subspaces.umap_space import require_umap, umap_points
from models.tensors import Tensor
from schemas.samples import batches_of

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet

BATCH = 64  # pictures that the teacher embeds at a time


@keras.saving.register_keras_serializable("facefold")
class TaughtByGroups(EmbeddingModel):
    """A classifier of pictures whose classes are the groups of another embedding; nobody's label is read.

    The teacher is fitted on the training pictures. In UMAP of its embeddings a Gaussian mixture finds the
    groups, and pictures whose neighbours are of their group teach the network under random affine views.
    Then the network's own sure answers teach it. ``encode`` gives what comes before the logits and the
    logits, side by side: the clusterer ``softmax`` reads the groups from the last ``n_groups`` numbers.

    All is done in ``start_from``: each round has other examples, which the trainer's one loop has no place
    for. The teacher's ``groups`` are kept until the model is saved.
    """

    settings: TaughtByGroupsSettings

    terms = ()

    def __init__(self, name: str = "taught_by_groups", seed: int = 0, **values: Any) -> None:
        """``values`` are those of ``TaughtByGroupsSettings``; raises ValueError for impossible ones."""
        super().__init__(name, TaughtByGroupsSettings(**values))
        self.seed = seed
        with float32_layers():
            self.network = GroupNetwork(self.settings)
        self.facts: dict[str, Any] = {}
        self.groups: Groups | None = None
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the model."""
        return {**super().get_config(), "seed": self.seed}

    def start_from(self, examples: ExampleSet) -> None:
        """Fits the teacher, finds its groups, and teaches the network; all training pictures take part.

        Raises ModuleNotFoundError without umap-learn, and ValueError for fewer pictures than groups, or
        where no picture is sure.
        """
        require_umap(f"model={self.name}")
        images = checked_pictures(examples.array("image", examples.n), self.settings.shape, self.name).numpy()
        with float32_layers():
            self.groups = groups = self._groups(examples, images)
            if not groups.sure.any():
                raise ValueError(
                    f"No picture has {self.settings.agreement:.0%} of its {self.settings.asked} neighbours "
                    "in its own group, so that none can teach. Expected some. Set agreement lower, or give "
                    "more pictures."
                )
            shares = teach(self.network, images, groups, self.settings, self.seed)
        self.facts = {
            "teacher": self.settings.teacher, "sure": float(groups.sure.mean()), "taught_by": shares
        }  # fmt: skip

    def _groups(self, examples: ExampleSet, images: np.ndarray) -> Groups:
        """The teacher's groups of images (n, h, w, c)."""
        chosen = self.settings
        teacher = build_model(chosen.teacher, self.seed, **chosen.of_teacher())
        teacher.start_from(examples)
        embed = tf.function(teacher.encode, reduce_retracing=True, autograph=False)
        rows = np.concatenate([embed(images[part]).numpy() for part in batches_of(len(images), BATCH)])
        what = f"model={self.name}"
        points = umap_points(rows, what, chosen.umap_dim, chosen.umap_neighbors, self.seed)
        labels = mixture_groups(points, chosen.n_groups, chosen.n_init, self.seed)
        return Groups(labels, sure_pictures(points, labels, chosen.asked, chosen.agreement))

    def encode(self, images: Tensor) -> Tensor:
        """Images (B, side, side, channels) to (B, hidden_units + n_groups) float32; the last are logits."""
        images = checked_pictures(images, self.settings.shape, self.name)
        return ops.concatenate(self.network.both(images), axis=1)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """``teacher``; the share of ``sure`` pictures; ``taught_by``: the share that taught each round."""
        return self.facts
