"""The table I encoder of P0 trained by contrast (SimCLR, Chen et al. 2020), beyond the papers."""

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

    The other view of a face is its only positive. Faces of the same photo are different people: each is a
    negative of full weight. Of the other faces some share ``same_person`` is expected to show the same
    person; the sum over them is corrected for it (Chuang et al. 2020, equation 8).

    Args:
        first, second: projections (B, p) of the two views.
        photos: int64 (B,), equal for faces of one photo.
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
    """Table I's encoder whose two random views of a face should agree, and no others.

    The views are made inside the graph (``models.autoencoders.views``). The embedding is what the encoder
    gives, before the projection that the loss sees. It reads ``photo`` beside the image, to know which faces
    are certainly different people, and wants large batches: every other face of the batch is a negative.
    """

    settings: SimCLRFaceSettings

    terms = ("contrast",)
    batches_an_epoch = 8

    def __init__(self, name: str = "simclr_face", **values: Any) -> None:
        """``values``: those of ``SimCLRFaceSettings``."""
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
        # One pass for both, so that BatchNorm sees them together.
        both = self.projection(self.encoder(ops.concatenate(views), training=training), training=training)
        first, second = ops.split(both, 2)
        return {"first": first, "second": second}

    def loss_terms(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``contrast``."""
        settings = self.temperature, self.same_person
        return {"contrast": contrast(outputs["first"], outputs["second"], inputs["photo"], *settings)}
