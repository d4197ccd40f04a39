"""The contract of classifiers: what every network of ``models.classifiers.catalog`` can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from models.classifiers.catalog import CLASSIFIERS, ClassifierEntry
from models.tensors import Tensor
from models.trained import TrainedModel
from schemas.labelled_face import TARGETS

if TYPE_CHECKING:
    import keras

    from models.classifiers.settings import ClassifierSettings
    from models.inputs.training_data import ExampleSet

CLASSES = ("no", "yes")


class Classifier(TrainedModel):
    """A network that answers a question, yes or no, for each column of a table of photos.

    It learns from batches of ``image`` (B, H, W, 3) float32 in [0, 1] and ``targets`` (B, n): 1 yes, 0 no, -1
    unknown, which counts in no loss. It implements ``logits`` beside ``call`` and, unless the cross-entropy
    is all, ``loss_terms``.
    """

    settings: ClassifierSettings

    terms: tuple[str, ...] = ("cross_entropy",)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Classifier:
        """The model of ``get_config``, in whose JSON tuples became lists."""
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in config.items()
        }
        return cls(**values)

    @property
    def entry(self) -> ClassifierEntry:
        """The model's line in the table of classifiers."""
        return CLASSIFIERS[self.name]

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of the n columns that it answers."""
        return self.settings.columns

    @property
    def classes(self) -> tuple[str, ...]:
        """What the answer to each column may be, in the order of their numbers."""
        return CLASSES

    @property
    def has_maps(self) -> bool:
        """Whether ``maps`` returns any."""
        return False

    @property
    def input_shape_of_images(self) -> tuple[int, int, int]:
        """Height, width and channels of the pictures that it reads."""
        return *self.settings.picture_size, 3

    def logits(self, images: Tensor) -> Tensor:
        """The logarithm of the odds of yes for each column, (B, n) float32; nothing in it is random."""
        raise NotImplementedError

    def maps(self, images: Tensor) -> Tensor | None:
        """Where each column shows itself, (B, h, w, n) float32, about 1 there and 0 elsewhere; or None."""
        return None

    def loss_terms(self, inputs: dict[str, Tensor], outputs: Tensor) -> dict[str, Tensor]:
        """The mean cross-entropy, in nats, of the answers that are known."""
        return {"cross_entropy": cross_entropy(inputs[TARGETS], outputs)}


def cross_entropy(targets: Tensor, logits: Tensor, weights: Tensor | None = None) -> Tensor:
    """The mean over all known answers of their cross-entropy in nats, a float32 scalar; 0 without any.

    Args:
        targets: (B, n), 1 yes, 0 no, -1 unknown.
        logits: (B, n).
        weights: (2, n), what a no and a yes to each column weigh; None for 1.
    """
    targets, logits = ops.cast(targets, "float32"), ops.cast(logits, "float32")
    known = ops.cast(targets >= 0, "float32")
    yes = ops.maximum(targets, 0.0)
    each = ops.maximum(logits, 0.0) - logits * yes + ops.log1p(ops.exp(-ops.abs(logits)))
    if weights is not None:
        each = each * (yes * weights[1] + (1.0 - yes) * weights[0])
    return ops.sum(each * known) / ops.maximum(ops.sum(known), 1.0)


def balanced_weights(targets: np.ndarray) -> np.ndarray:
    """What a no and a yes to each column weigh so that both count alike: (2, n) float32, of mean 1.

    ``targets`` (N, n) are -1, 0 or 1. A column of which only one answer is known keeps weight 1.
    """
    counts = np.stack([(targets == answer).sum(axis=0) for answer in range(len(CLASSES))]).astype(float)
    both = (counts > 0).all(axis=0)
    weights = np.where(both, counts.sum(axis=0) / (len(CLASSES) * np.maximum(counts, 1)), 1.0)
    return weights.astype(np.float32)


def class_weight(model: keras.Model, n: int) -> keras.Variable:
    """A weight (2, n) of ``model`` for ``balanced_weights``: kept with it, 1 until it is assigned."""
    return model.add_weight(
        shape=(len(CLASSES), n), initializer="ones", trainable=False, dtype="float32", autocast=False
    )


def weigh_answers(model: Any, examples: ExampleSet) -> None:
    """Sets a model's ``class_weight`` by how often each column has yes and no, if ``class_weights`` asks."""
    if model.settings.class_weights == "balanced":
        model.class_weight.assign(balanced_weights(targets_of(examples)))


def targets_of(examples: ExampleSet) -> np.ndarray:
    """The targets of all examples: (N, n) int8."""
    return examples.array(TARGETS, most=examples.n).astype(np.int8)
