"""AttParseNet: 40 attributes of a face and the regions that they show themselves in (P2, chapter 4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers, ops

from models.autoencoders.batch_norm import BatchNorm
from models.classifiers.contract import Classifier, class_weight, cross_entropy, weigh_answers
from models.classifiers.region_masks import masks, membership, unpacked
from models.classifiers.settings import CONVOLUTIONS, MAPS_KERNEL, AttParseNetSettings
from models.tensors import Tensor
from schemas.labelled_face import REGIONS, TARGETS

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


@keras.saving.register_keras_serializable("facefold")
class OneHeadEach(layers.Layer):
    """A dense layer for each map, which reads it alone: maps (B, h, w, n) to (B, n)."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Makes n kernels of h w numbers, and n biases."""
        _, height, width, n = input_shape
        limit = (6.0 / (height * width + 1)) ** 0.5  # as a Dense layer with one output: Glorot's uniform
        start = keras.initializers.RandomUniform(-limit, limit)
        self.kernel = self.add_weight(shape=(height * width, n), initializer=start, name="kernel")
        self.bias = self.add_weight(shape=(n,), initializer="zeros", name="bias")
        self.built = True

    def call(self, maps: Tensor) -> Tensor:
        """The weighted sum of each map."""
        flat = ops.reshape(maps, (-1, maps.shape[1] * maps.shape[2], maps.shape[3]))
        return ops.sum(flat * self.kernel, axis=1) + self.bias

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(B, n)."""
        return input_shape[0], input_shape[-1]


def build_network(settings: AttParseNetSettings) -> keras.Model:
    """The network of the table: images (B, H, W, 3) to maps (B, h, w, n) and logits (B, n), linear both."""
    x = images = keras.Input((settings.height, settings.width, 3))
    for number, (side, filters) in enumerate(CONVOLUTIONS):
        x = layers.Conv2D(max(1, round(settings.width_multiplier * filters)), side)(x)
        if settings.batch_norm:
            x = BatchNorm()(x)
        x = layers.ReLU()(x)
        if number == 0:
            x = layers.MaxPooling2D(2)(x)
    maps = layers.Conv2D(len(settings.columns), MAPS_KERNEL)(x)
    if settings.batch_norm:
        maps = BatchNorm()(maps)
    if settings.shared_head:
        logits = layers.Dense(len(settings.columns))(layers.Flatten()(maps))
    else:
        logits = OneHeadEach()(maps)
    as_float32 = layers.Activation("linear", dtype="float32")
    return keras.Model(images, [as_float32(maps), as_float32(logits)])


@keras.saving.register_keras_serializable("facefold")
class AttParseNet(Classifier):
    """Six convolutions, of which the last gives a map for each column, and a head for each map.

    It learns first, for ``mask_epochs``, where each attribute shows itself: the mean squared error of maps
    and masks. Then that, times ``mask_weight``, and the cross-entropy together; it is judged from there. The
    text's way: 10 epochs, weight 1, no BatchNorm; its authors' code: no first stage, weight 7, BatchNorm.
    The cross-entropy is a mean over columns and pictures, as in the code; the text sums over the columns.
    """

    settings: AttParseNetSettings

    terms = ("cross_entropy", "masks")
    largest_batch = 64

    def __init__(self, name: str = "attparsenet", **values: Any) -> None:
        """``values`` are the values of ``AttParseNetSettings``; ValueError for no targets."""
        super().__init__(name, AttParseNetSettings(**values))
        if not self.targets:
            raise ValueError("attparsenet learns no column. Expected at least one; set target_columns.")
        self.network = build_network(self.settings)
        self.class_weight = class_weight(self, len(self.targets))
        self.member = membership(self.targets)
        self.built = True

    @property
    def learns_masks(self) -> bool:
        """Whether the masks are part of its loss."""
        return self.settings.mask_weight > 0

    @property
    def mask_epochs(self) -> int:
        """Epochs that learn the masks alone."""
        return self.settings.mask_epochs if self.learns_masks else 0

    @property
    def judged_from(self) -> int:
        """The first epoch that learns the answers."""
        return self.mask_epochs + 1

    @property
    def has_maps(self) -> bool:
        """It has, with masks and without."""
        return True

    def start_from(self, examples: ExampleSet) -> None:
        """Weighs yes and no by how often each column has them, if ``class_weights`` is balanced."""
        weigh_answers(self, examples)

    def logits(self, images: Tensor) -> Tensor:
        """The logarithm of the odds of yes for each column, (B, n) float32."""
        return self.network(images, training=False)[1]

    def maps(self, images: Tensor) -> Tensor:
        """The 40 maps (B, h, w, n) float32, linear."""
        return self.network(images, training=False)[0]

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """``maps`` and ``logits`` of the ``image`` of a batch."""
        maps, logits = self.network(inputs["image"], training=training)
        return {"maps": maps, "logits": logits}

    def loss_terms(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``cross_entropy`` in nats and ``masks``, the squared error of all pixels of known masks."""
        regions = unpacked(inputs[REGIONS], outputs["maps"].shape[1:3])
        wanted, known = masks(regions, inputs[TARGETS], self.member)
        squared = ops.mean(ops.square(ops.cast(outputs["maps"], "float32") - wanted), axis=(1, 2))
        return {
            "cross_entropy": cross_entropy(inputs[TARGETS], outputs["logits"], self.class_weight),
            "masks": ops.sum(squared * known) / ops.maximum(ops.sum(known), 1.0),
        }

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """The masks alone in the first stage; both are weighed in validation as in the second."""
        weight = self.settings.mask_weight
        if not training or not self.mask_epochs:
            return {"masks": weight}
        first = self.mask_epochs * self.steps_per_epoch
        second = ops.cast(self.optimizer.iterations >= first, "float32")
        return {"masks": weight * second + (1.0 - second), "cross_entropy": second}

    def vary(self, inputs: dict[str, Tensor], seed: Tensor) -> dict[str, Tensor]:
        """Mirrors pictures with their regions, and takes labels back, as the settings ask for."""
        from models.classifiers.variation import mirrored_at_random, repaired  # tf.data's own functions

        if self.settings.repair_labels:
            inputs = inputs | {TARGETS: repaired(inputs[TARGETS], inputs[REGIONS], self.member)}
        if self.settings.flips:
            inputs = mirrored_at_random(inputs, seed, self.settings.maps_size)
        return inputs
