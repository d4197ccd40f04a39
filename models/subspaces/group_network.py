"""The small convolutional classifier of pictures that learns groups, and how it is taught."""

from __future__ import annotations

import keras
from keras import layers, ops

from models.subspaces.affine_views import affine_views
from models.subspaces.settings import TaughtByGroupsSettings
from models.tensors import Tensor


@keras.saving.register_keras_serializable("facefold")
class GroupNetwork(keras.Model):
    """Pictures (B, h, w, c) to ``n_groups`` logits; in training it sees a random affine view of each.

    Three convolutions of 3 x 3, each with batch normalisation and ReLU, the first two of stride 2; a dense
    layer of ``hidden_units``, and one of logits.
    """

    def __init__(self, settings: TaughtByGroupsSettings) -> None:
        super().__init__(name="group_network")
        self.limits, self.n_groups = settings.limits, settings.n_groups
        pictures = keras.Input(settings.shape)
        x = pictures
        for factor, stride in ((1, 2), (2, 2), (2, 1)):
            x = layers.Conv2D(factor * settings.n_filters, 3, stride, "same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.Dense(settings.hidden_units, use_bias=False)(layers.Flatten()(x))
        hidden = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
        self.body = keras.Model(pictures, [hidden, layers.Dense(settings.n_groups)(hidden)])
        self.drawn = keras.random.SeedGenerator(0)
        self.built = True

    def both(self, images: Tensor, training: bool = False) -> tuple[Tensor, Tensor]:
        """What comes before the logits (B, hidden_units), at least 0, and the logits (B, n_groups)."""
        return self.body(images, training=training)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The logits (B, n_groups) of a random view in training, else of the pictures as they are."""
        if training:
            images = affine_views(images, self.limits, self.drawn)
        return self.both(images, training)[1]

    def of_view(self, images: Tensor) -> Tensor:
        """The shares (B, n_groups), which add up to 1, that a random view of each picture has."""
        views = affine_views(images, self.limits, self.drawn)
        return ops.softmax(self.both(views)[1])
