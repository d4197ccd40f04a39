"""The contract: what every model of the catalog can do. Each model is one subclass."""

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

    A model describes itself by class attributes:

    - ``trains_on``: the features that training batches hold, if they are not the ones in ``reads``. They come
      from what ``training_sets`` makes of the examples.
    - ``terms``: the names of its loss terms. Those that it learns from come first; figures of weight 0 may
      follow.
    - ``generates``: whether draws of N(0, I) may be decoded.
    - ``tells_of_embeddings``: whether ``figures`` looks at the embeddings that it is given.
    - ``jit``: whether XLA may compile its training step. It must not if batches differ in shape.

    It implements ``encode``, ``decode``, ``call`` (what training computes) and ``loss_terms``.

    What must be known before its class is imported is in its line of ``models.catalog.MODELS``: the class of
    its ``settings``, what it ``reads``, and whether it ``learns`` and ``decodes``.

    The loss is the sum of the terms, each times its weight in ``term_weights``. Every term is recorded in the
    history under its name, for training and for validation. ``compute_loss`` uses only ``keras.ops``, so a
    model trains on any Keras backend.
    """

    trains_on: tuple[str, ...] = ()
    terms: tuple[str, ...] = ("reconstruction",)
    generates = False
    tells_of_embeddings = False
    largest_batch = 512  # P0's; for few examples it is smaller, unless the setting batch_size says otherwise
    batches_an_epoch = 32  # at least this many if there are few examples
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
        """Whether gradient descent trains it."""
        return MODELS[self.name].learns

    @property
    def decodes(self) -> bool:
        """Whether it has ``decode``."""
        return MODELS[self.name].decodes

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the model."""
        return {**self.settings.model_dump(), "name": self.name}

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

    def start_from(self, examples: ExampleSet) -> None:
        """Prepares an untrained model from the training set; the default does nothing."""

    def training_sets(
        self, train_examples: ExampleSet, eval_examples: ExampleSet
    ) -> tuple[ExampleSet, ExampleSet]:
        """The two sets that training reads batches from, also after a resume; by default the same two."""
        return train_examples, eval_examples

    def finish_on(self, examples: ExampleSet) -> None:
        """Finishes a trained model on the training set; the default does nothing."""

    def vary(self, inputs: Tensor, seed: Tensor) -> Tensor:
        """A training batch, randomly augmented by ``seed`` (2,) int64; the default returns it unchanged.

        tf.data calls this for each batch, so the network and the loss see the same change.
        """
        return inputs

    def loss_terms(self, inputs: Tensor, outputs: Tensor) -> dict[str, Tensor]:
        """Each of ``terms`` by name, as its mean over the batch: a float32 scalar."""
        raise NotImplementedError

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """The weight of each term in the loss; a term that is not listed has weight 1."""
        return {}

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """Figures about the trained model, by name.

        ``embeddings`` (n, latent_dim) float32 are those of the validation set, or None if
        ``tells_of_embeddings`` is false.
        """
        return {}

    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """Each optimizer of a compiled model with the variables that it updates."""
        return [(self.optimizer, self.trainable_variables)]

    def compute_loss(
        self,
        x: Tensor | None = None,
        y: Tensor | None = None,
        y_pred: Tensor | None = None,
        sample_weight: Tensor | None = None,
        training: bool = True,
    ) -> Tensor:
        """The weighted sum of the terms, float32, divided by the number of replicas; records each term."""
        return self.weighted_sum(self.loss_terms(x, y_pred), batch_size_of(x), training) / replicas()

    def weighted_sum(self, terms: dict[str, Tensor], count: Tensor, training: bool) -> Tensor:
        """The sum of ``terms`` by ``term_weights``; updates each term's mean with ``count`` examples."""
        weights = self.term_weights(training)
        for name, value in terms.items():
            self.term_means[name].update_state(value, sample_weight=count)
        return sum(weights.get(name, 1.0) * value for name, value in terms.items())


def replicas() -> int:
    """How many replicas train together. Their gradients are added up, so each divides its loss by this."""
    if keras.backend.backend() != "tensorflow":
        return 1
    import tensorflow as tf

    return tf.distribute.get_strategy().num_replicas_in_sync


def last_maps(encoder: keras.Model) -> keras.Model | None:
    """A model from an encoder's input to its last layer that outputs maps (B, h, w, c); None without one."""
    for layer in reversed(encoder.layers):
        if len(layer.output.shape) == 4 and not isinstance(layer, keras.layers.InputLayer):
            return keras.Model(encoder.input, layer.output)
    return None


def batch_size_of(inputs: Tensor) -> Tensor:
    """The number of examples in a batch, which is a tensor or a dict of tensors."""
    return ops.shape(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)[0]


def mean_squared_error(a: Tensor, b: Tensor) -> Tensor:
    """Mean over all elements of the squared difference, in float32."""
    return ops.mean(ops.square(ops.cast(a, "float32") - ops.cast(b, "float32")))
