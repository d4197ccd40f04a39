"""What every model of the catalog can do; one class below it for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from models.catalog import MODELS
from models.tensors import Tensor
from schemas.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from models.inputs.training_data import ExampleSet


class EmbeddingModel(keras.Model):
    """A network that turns an example into an embedding.

    A model says by class attributes what it is:

    - ``trains_on``: the features that the gradient steps read of what ``training_sets`` makes of the
      examples, where these are not those that the model reads.
    - ``terms``: the names of its loss terms, what it is to learn first; figures of weight 0 may follow.
    - ``generates``: whether draws of N(0, I) may be decoded.
    - ``jit``: whether XLA may compile its training step; not where batches differ in shape.

    What has to be known before its class is imported stands in its line of ``models.catalog.MODELS``: the
    class of its ``settings``, what it ``reads``, whether it ``learns`` and ``decodes``.

    and writes ``encode``, ``decode``, ``call`` (what training computes) and ``loss_terms``. The loss is
    the sum of the terms, each times its weight in ``term_weights``; every term is recorded by its name
    in the history, training and validation. ``compute_loss`` uses ``keras.ops`` only, so that a model
    trains on any Keras backend.
    """

    trains_on: tuple[str, ...] = ()
    terms: tuple[str, ...] = ("reconstruction",)
    generates = False
    batches_an_epoch = 32  # at least, where there are few examples
    jit = True
    steps_per_epoch = 1  # set by training, for schedules counted in epochs

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name=name)
        self.settings = settings
        self.term_means = {term: keras.metrics.Mean(term) for term in self.terms}

    @property
    def reads(self) -> tuple[str, ...]:
        """The features of an example that the model reads, see ``models.catalog.Model``."""
        return MODELS[self.name].reads

    @property
    def learns(self) -> bool:
        """Whether gradient steps change it."""
        return MODELS[self.name].learns

    @property
    def decodes(self) -> bool:
        """Whether it has ``decode``."""
        return MODELS[self.name].decodes

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the model."""
        return {**self.settings.model_dump(), "name": self.name}

    def encode(self, inputs: Tensor) -> Tensor:
        """A batch of examples to embeddings (B, latent_dim) float32, the same for the same input."""
        raise NotImplementedError

    def decode(self, embeddings: Tensor) -> Tensor:
        """Embeddings (B, latent_dim) to what they stand for; NotImplementedError without a decoder."""
        raise NotImplementedError(
            f"{self.name} embeds only: it has no decoder. Expected a model whose `decodes` is true."
        )

    @property
    def has_maps(self) -> bool:
        """Whether ``maps`` gives any."""
        return False

    def maps(self, inputs: Tensor) -> Tensor | None:
        """The last feature maps (B, h, w, c) float32 before the embedding (P4, figure 19); None if none."""
        return None

    def start_from(self, examples: ExampleSet) -> None:
        """Prepares an untrained model on the training set, an ``ExampleSet``; the default does nothing."""

    def training_sets(
        self, train_examples: ExampleSet, eval_examples: ExampleSet
    ) -> tuple[ExampleSet, ExampleSet]:
        """Both ``ExampleSet`` as the gradient steps see them, also after a resume; by default unchanged."""
        return train_examples, eval_examples

    def finish_on(self, examples: ExampleSet) -> None:
        """A last touch to a trained model on the training set, an ``ExampleSet``; by default nothing."""

    def vary(self, inputs: Tensor, seed: Tensor) -> Tensor:
        """A training batch changed at random by ``seed`` (2,) int64; the default leaves it as it is.

        tf.data calls this for each batch, so that network and loss see the same change.
        """
        return inputs

    def loss_terms(self, inputs: Tensor, outputs: Tensor) -> dict[str, Tensor]:
        """Name of each of ``terms`` to its mean over the batch, a float32 scalar."""
        raise NotImplementedError

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """What each term is multiplied by in the loss; 1 for a term that is not named."""
        return {}

    def figures(self, embeddings: np.ndarray) -> dict[str, Any]:
        """What can be said of the trained model by its embeddings (n, latent_dim): name to value."""
        return {}

    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimizer of a compiled model with the variables it changes."""
        return [(self.optimizer, self.trainable_variables)]

    def compute_loss(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        y_pred: Tensor | None = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        """The weighted sum of the terms, float32, over the number of replicas; records each term."""
        return self.weighted_sum(self.loss_terms(x, y_pred), batch_size_of(x), training) / replicas()

    def weighted_sum(self, terms: dict[str, Tensor], count: Tensor, training: bool) -> Tensor:
        """The sum of ``terms`` by ``term_weights``; each is added to its mean with ``count`` examples."""
        weights = self.term_weights(training)
        for name, value in terms.items():
            self.term_means[name].update_state(value, sample_weight=count)
        return sum(weights.get(name, 1.0) * value for name, value in terms.items())


def replicas() -> int:
    """How many replicas train together: their gradients are added up, so that each loss is divided by it."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def last_maps(encoder: keras.Model) -> keras.Model | None:
    """A model from an encoder's input to the output of its last layer that gives maps (B, h, w, c).

    None where no layer gives maps.
    """
    for layer in reversed(encoder.layers):
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer):
            return keras.Model(encoder.input, layer.output)
    return None


def batch_size_of(inputs: Tensor) -> Tensor:
    """The number of examples in a batch: a tensor or a dict of tensors."""
    return ops.shape(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)[0]


def mean_squared_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean over all elements of the squared difference, in float32."""
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))
