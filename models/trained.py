"""What training asks of a network: its loss, and what is done before, during and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from models.tensors import Tensor
from schemas.settings import Settings

if TYPE_CHECKING:
    from models.entry import Trained
    from models.inputs.training_data import ExampleSet


class TrainedModel(keras.Model):
    """A network with settings and a loss of its own; embedding models and classifiers are two kinds of it.

    A model describes itself by class attributes:

    - ``trains_on``: the features that training batches hold, if they are not the ones in ``reads``. They come
      from what ``training_sets`` makes of the examples.
    - ``terms``: the names of its loss terms. Those that it learns from come first; figures of weight 0 may
      follow.
    - ``jit``: whether XLA may compile its training step. It must not if batches differ in shape.

    It implements ``call`` (what training computes) and ``loss_terms``.

    The loss is the sum of the terms, each times its weight in ``term_weights``. Every term is recorded in the
    history under its name, for training and for validation. ``compute_loss`` uses only ``keras.ops``, so a
    model trains on any Keras backend.
    """

    trains_on: tuple[str, ...] = ()
    terms: tuple[str, ...] = ("reconstruction",)
    largest_batch = 512  # P0's; for few examples it is smaller, unless the setting batch_size says otherwise
    batches_an_epoch = 32  # at least this many if there are few examples
    jit = True
    steps_per_epoch = 1  # set by training, for schedules counted in epochs

    def __init__(self, name: str, settings: Settings) -> None:
        super().__init__(name=name)
        self.settings = settings
        self.term_means = {term: keras.metrics.Mean(term) for term in self.terms}

    @property
    def entry(self) -> Trained:
        """The model's line in its table: what must be known before its class is imported."""
        raise NotImplementedError

    @property
    def reads(self) -> tuple[str, ...]:
        """The features of an example that the model reads, see ``models.entry.Trained``."""
        return self.entry.reads

    @property
    def learns(self) -> bool:
        """Whether gradient descent trains it."""
        return self.entry.learns

    @property
    def decodes(self) -> bool:
        """Whether it has ``decode``, so that training can show its reconstructions."""
        return False

    @property
    def judged_from(self) -> int:
        """The first epoch, counted from 1, whose ``val_loss`` tells how good the model is.

        The weights of earlier epochs are never the best, and patience begins with this one.
        """
        return 1

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the model."""
        return {**self.settings.model_dump(), "name": self.name}

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

    def figures_on(self, examples: ExampleSet) -> dict[str, Any]:
        """Figures about the trained model, by name; ``examples`` are the validation set."""
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


def batch_size_of(inputs: Tensor) -> Tensor:
    """The number of examples in a batch, which is a tensor or a dict of tensors."""
    return ops.shape(next(iter(inputs.values())) if isinstance(inputs, dict) else inputs)[0]
