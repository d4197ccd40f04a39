"""The contract of embedding models: what every model of ``models.catalog`` can do. Each is one subclass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from models.catalog import MODELS, Model
from models.tensors import Tensor
from models.trained import TrainedModel

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


class EmbeddingModel(TrainedModel):
    """A network that turns an example into an embedding. It never reads a target.

    Beside what every trained model says of itself, it has these class attributes:

    - ``generates``: whether draws of N(0, I) may be decoded.
    - ``tells_of_embeddings``: whether ``figures`` looks at the embeddings that it is given.

    It implements ``encode`` and ``decode`` beside ``call`` and ``loss_terms``.

    What must be known before its class is imported is in its line of ``models.catalog.MODELS``: the class of
    its ``settings``, what it ``reads``, and whether it ``learns`` and ``decodes``.
    """

    generates = False
    tells_of_embeddings = False

    @property
    def entry(self) -> Model:
        """The model's line in the catalog."""
        return MODELS[self.name]

    @property
    def decodes(self) -> bool:
        """Whether it has ``decode``."""
        return self.entry.decodes

    def encode(self, inputs: Tensor) -> Tensor:
        """Turns a batch of examples into embeddings (B, latent_dim) float32; nothing in it is random."""
        raise NotImplementedError

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, latent_dim) into examples; raises NotImplementedError without a decoder."""
        raise NotImplementedError(
            f"{self.name} embeds only: it has no decoder. Expected a model whose `decodes` is true."
        )

    @property
    def has_maps(self) -> bool:
        """Whether ``maps`` returns any."""
        return False

    def maps(self, inputs: Tensor) -> Tensor | None:
        """The last feature maps (B, h, w, c) float32 before the embedding (P4, figure 19), or None."""
        return None

    def figures_on(self, examples: ExampleSet) -> dict[str, Any]:
        """``figures`` of the embeddings of the validation set."""
        return self.figures(embeddings_of(self, examples) if self.tells_of_embeddings else None)

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """Figures about the trained model, by name.

        ``embeddings`` (n, latent_dim) float32 are those of the validation set, or None if
        ``tells_of_embeddings`` is false.
        """
        return {}


def embeddings_of(model: EmbeddingModel, examples: ExampleSet) -> np.ndarray:
    """The embeddings of all examples: (n, latent_dim) float32."""
    from models.inputs.training_data import validation_batches  # tf.data's; all else here needs Keras alone

    batched = validation_batches(examples, 64, model.reads[:1])
    return np.concatenate([np.asarray(model.encode(inputs)) for (inputs,) in batched])


def last_maps(encoder: keras.Model) -> keras.Model | None:
    """A model from an encoder's input to its last layer that outputs maps (B, h, w, c); None without one."""
    for layer in reversed(encoder.layers):
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer):
            return keras.Model(encoder.input, layer.output)
    return None


def mean_squared_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean over all elements of the squared difference, in float32."""
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))
