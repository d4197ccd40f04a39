"""P2's chapter 6: a ResNet-50 that says yes or no of a face, as its table 6.1 trains it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import layers
from keras.src.applications import resnet

from models.classifiers.contract import Classifier, class_weight, cross_entropy, weigh_answers
from models.classifiers.settings import GenderResNet50Settings
from models.tensors import Tensor
from schemas.labelled_face import TARGETS

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet

BLOCKS = (3, 4, 6, 3)  # of ResNet-50's four stages (He, Zhang, Ren and Sun 2016, table 1)


def build_network(settings: GenderResNet50Settings) -> keras.Model:
    """ResNet-50 without its classes, dropout, and a dense layer: images (B, side, side, 3) to (B, n)."""

    def stages(x: Tensor) -> Tensor:
        for number, blocks in enumerate(BLOCKS):
            filters, stride = settings.base_filters * 2**number, 1 if number == 0 else 2
            x = resnet.stack_residual_blocks_v1(x, filters, blocks, stride1=stride, name=f"conv{number + 2}")
        return x

    trunk = resnet.ResNet(
        stages,
        False,
        True,
        include_top=False,
        weights=None,
        input_shape=(settings.side, settings.side, 3),
        pooling="avg",
    )
    x = layers.Dropout(settings.dropout)(trunk.output)
    logits = layers.Dense(len(settings.columns), dtype="float32")(x)
    return keras.Model(trunk.input, logits)


@keras.saving.register_keras_serializable("facefold")
class GenderResNet50(Classifier):
    """Keras' ResNet-50, from random weights, with dropout before its last layer (P2, table 6.1).

    What it says is a guess at how somebody looks, learned from what others wrote down.
    """

    settings: GenderResNet50Settings

    largest_batch = 80

    def __init__(self, name: str = "gender_resnet50", **values: Any) -> None:
        """``values`` are the values of ``GenderResNet50Settings``; ValueError for no targets."""
        super().__init__(name, GenderResNet50Settings(**values))
        self.network = build_network(self.settings)
        self.class_weight = class_weight(self, len(self.targets))
        self.built = True

    def start_from(self, examples: ExampleSet) -> None:
        """Weighs yes and no by how often each column has them, if ``class_weights`` is balanced."""
        weigh_answers(self, examples)

    def logits(self, images: Tensor) -> Tensor:
        """The logarithm of the odds of yes for each column, (B, n) float32."""
        return self.network(images, training=False)

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        """The logits of the ``image`` of a batch."""
        return self.network(inputs["image"], training=training)

    def loss_terms(self, inputs: dict[str, Tensor], outputs: Tensor) -> dict[str, Tensor]:
        """``cross_entropy``, in nats."""
        return {"cross_entropy": cross_entropy(inputs[TARGETS], outputs, self.class_weight)}

    def vary(self, inputs: dict[str, Tensor], seed: Tensor) -> dict[str, Tensor]:
        """Mirrors half of the pictures, if the settings ask for it."""
        if not self.settings.flips:
            return inputs
        from models.classifiers.variation import mirrored_at_random  # tf.data's own function

        return mirrored_at_random(inputs, seed, (0, 0))
