"""The encoder of P0, table I, trained by contrast (SimCLR, Chen et al. 2020); not from the papers."""

from __future__ import annotations

from typing import Any

import keras
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import build_encoder
from models.autoencoders.settings import SimCLRFaceSettings
from models.autoencoders.views import random_view
from models.tensors import Tensor

PROJECTION = 64


def contrast(first: Tensor, second: Tensor, photos: Tensor, temperature: float, same_person: float) -> Tensor:
    """The mean debiased NT-Xent loss of two views, a float32 scalar.

    The other view of a face is its only positive. Faces in the same photo are different people, so each is a
    negative with full weight. Of the other faces, a share ``same_person`` is expected to show the same
    person, and the sum over them is corrected for that (Chuang et al. 2020, equation 8).

    Args:
        first, second: projections (B, p) of the two views.
        photos: int64 (B,), equal for faces of the same photo.
        temperature: of the softmax.
        same_person: share in [0, 1).
    """
    views = ops.cast(ops.concatenate([first, second]), "float32")
    views = views / ops.maximum(ops.norm(views, axis=1, keepdims=True), 1e-6)
    photos = ops.concatenate([photos, photos])
    count = ops.shape(first)[0]
    similarity = ops.exp(ops.matmul(views, ops.transpose(views)) / temperature)
    rows = ops.arange(2 * count)
    other = ops.mod(rows + count, 2 * count)
    face = ops.mod(rows, count)
    same_face = ops.equal(face[:, None], face[None])
    same_photo = ops.logical_and(ops.equal(photos[:, None], photos[None]), ops.logical_not(same_face))
    unsure = ops.logical_not(ops.logical_or(same_face, same_photo))
    positive = ops.sum(ops.where(ops.equal(rows[None], other[:, None]), similarity, 0.0), axis=1)
    sure_sum = ops.sum(ops.where(same_photo, similarity, 0.0), axis=1)
    unsure_sum = ops.sum(ops.where(unsure, similarity, 0.0), axis=1)
    unsure_count = ops.sum(ops.cast(unsure, "float32"), axis=1)
    corrected = (unsure_sum - same_person * unsure_count * positive) / (1.0 - same_person)
    floor = unsure_count * ops.exp(-1.0 / ops.cast(temperature, "float32"))
    negative = ops.maximum(corrected, floor) + sure_sum
    return ops.mean(ops.log1p(negative / positive))


@keras.saving.register_keras_serializable("facefold")
class SimCLRFace(ConvolutionalModel):
    """The encoder of table I, trained so that two random views of a face agree and views of others do not.

    The views are made inside the graph (``models.autoencoders.views``). The embedding is the encoder's
    output; the loss sees a projection of it. The model also reads ``photo``, to know which faces are
    certainly different people. It needs large batches, because every other face of the batch is a negative.
    """

    settings: SimCLRFaceSettings

    terms = ("contrast",)
    batches_an_epoch = 8

    def __init__(self, name: str = "simclr_face", **values: Any) -> None:
        """``values`` are the values of ``SimCLRFaceSettings``."""
        super().__init__(name, SimCLRFaceSettings(**values))
        latent_dim = self.settings.latent_dim
        self.temperature, self.same_person = self.settings.temperature, self.settings.same_person
        self.encoder = build_encoder(latent_dim, self.settings.base_filters)
        self.projection = keras.Sequential(
            [
                keras.Input((latent_dim,)),
                layers.Dense(latent_dim, activation="relu"),
                layers.Dense(PROJECTION, dtype="float32"),
            ],
            name="projection",
        )
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """Projections (B, 64) of two random views of each image."""
        views = [random_view(inputs["image"], self.seed_generator) for _ in range(2)]
        # Both views in one pass, so that BatchNorm sees them together.
        both = self.projection(self.encoder(ops.concatenate(views), training=training), training=training)
        first, second = ops.split(both, 2)
        return {"first": first, "second": second}

    def loss_terms(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``contrast``, the loss of the two views."""
        settings = self.temperature, self.same_person
        return {"contrast": contrast(outputs["first"], outputs["second"], inputs["photo"], *settings)}
