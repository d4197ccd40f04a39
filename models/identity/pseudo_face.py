"""Table I's encoder of P0 taught by pseudo-identities, alone or beside the embedding that found them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import build_encoder
from models.autoencoders.views import random_view
from models.clustering.rows import group_means, unit_rows
from models.identity.hd_lbp import HDLBP
from models.identity.settings import PseudoFaceSettings
from models.identity.sure_groups import sure_groups
from models.inputs.settings import CROPS
from models.inputs.training_data import ExampleSet, validation_batches
from models.tensors import Tensor
from schemas.face import CHIP_SIZE
from schemas.samples import evenly_spread

MOST_IDENTITIES = 2000  # the largest ones
MOST_GROUPED = 6000  # faces that are grouped, evenly spread: their distances fill n x n numbers
MARGIN_WEIGHT = 0.1  # of the second lesson
SCALE = 16.0  # of the cosines in the margin's softmax
CROP_AREA = (0.75, 1.0)
UNKNOWN = -1


@dataclass(frozen=True)
class Lessons:
    """What a teacher knows: unit means of its sure groups (k, d) float32, and the cosine that joins them."""

    means: np.ndarray
    cut: float

    def identities(self, taught: np.ndarray) -> np.ndarray:
        """The group of each of unit rows (n, d), int64 (n,), -1 where none is as alike as ``cut``."""
        if not len(self.means):
            return np.full(len(taught), UNKNOWN)
        alike = taught @ self.means.T
        return np.where(alike.max(axis=1) >= self.cut, alike.argmax(axis=1), UNKNOWN)


def angular_margin(cosines: Tensor, identities: Tensor, known: Tensor, margin: float) -> Tensor:
    """The mean loss of the additive angular margin (Deng, Guo, Xue and Zafeiriou, "ArcFace", CVPR 2019).

    Args:
        cosines: (B, k) of embeddings and prototypes.
        identities: (B,) int; rows of -1 do not count.
        known: how many of the prototypes stand for an identity; the others take no part.
        margin: angle in radians that is added to that of the right prototype.

    Returns:
        A float32 scalar, 0 where no row has an identity.
    """
    cosines = ops.clip(ops.cast(cosines, "float32"), -1.0 + 1e-6, 1.0 - 1e-6)
    sines = ops.sqrt(1.0 - ops.square(cosines))
    right = ops.one_hot(ops.maximum(identities, 0), cosines.shape[1])
    moved = cosines * math.cos(margin) - sines * math.sin(margin)
    logits = SCALE * ops.where(right > 0, moved, cosines)
    logits = ops.where(ops.arange(cosines.shape[1], dtype="float32")[None] < known, logits, -1e9)
    losses = ops.logsumexp(logits, axis=1) - ops.sum(right * logits, axis=1)
    counts = ops.cast(identities >= 0, "float32")
    return ops.sum(counts * losses) / ops.maximum(ops.sum(counts), 1.0)


@keras.saving.register_keras_serializable("facefold")
class PseudoFace(ConvolutionalModel):
    """A network whose teacher is ``HDLBP`` on the same faces: nobody's name is read.

    Two lessons: ``likeness``, one minus the cosine between the teacher's embedding and a linear map of the
    network's (Hinton, Vinyals and Dean 2015, on embeddings); ``margin``, an angular margin between the
    teacher's sure groups. The embedding is that of a face plus that of its mirror image, of length 1. With
    ``fused`` above 0 the teacher's stands beside it.

    Args:
        seed: the teacher's.
        values: those of ``PseudoFaceSettings``. ``fused`` is the share of the network in the squared length
            of the embedding, with the teacher's before it; at 0 the teacher is no part of the model.
    """

    settings: PseudoFaceSettings

    trains_on = ("image", "taught", "identity")
    largest_batch = 128
    terms = ("likeness", "margin")

    def __init__(self, name: str = "pseudo_face", seed: int = 0, **values: Any) -> None:
        super().__init__(name, PseudoFaceSettings(**values))
        self.seed = seed
        latent_dim = self.settings.latent_dim
        self.encoder = build_encoder(latent_dim, self.settings.base_filters)
        self.head = keras.Sequential(
            [keras.Input((latent_dim,)), layers.Dense(self.settings.teacher_dim, dtype="float32")],
            name="head",
        )
        self.prototypes = self.add_weight(shape=(MOST_IDENTITIES, latent_dim), name="prototypes")
        self.known = self.add_weight(shape=(), initializer="zeros", trainable=False, name="known")
        self.teacher = self._new_teacher() if self.settings.fused else None
        self.seed_generator = keras.random.SeedGenerator()
        self.facts: dict[str, Any] = {}
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the model."""
        return {**super().get_config(), "seed": self.seed}

    def _new_teacher(self) -> HDLBP:
        return HDLBP(latent_dim=self.settings.teacher_dim, block_dim=self.settings.block_dim, seed=self.seed)

    def training_sets(
        self, train_examples: ExampleSet, eval_examples: ExampleSet
    ) -> tuple[ExampleSet, ExampleSet]:
        """Both sets as small pictures, each with what the teacher says of it; the teacher learns first."""
        teacher = self.teacher or self._new_teacher()
        if not np.any(teacher.axes):
            teacher.start_from(train_examples)
        taught, photos = taught_by(teacher, train_examples)
        lessons = lessons_of(taught, photos, self.seed)
        self.known.assign(float(len(lessons.means)))
        identities = lessons.identities(taught)
        self.facts = {
            **teacher.facts, "identities": len(lessons.means), "with_identity": int((identities >= 0).sum()),
        }  # fmt: skip
        others = taught_by(teacher, eval_examples)[0]
        return (
            self._lessons_set(train_examples, taught, identities),
            self._lessons_set(eval_examples, others, lessons.identities(others)),
        )

    def _lessons_set(self, examples: ExampleSet, taught: np.ndarray, identities: np.ndarray) -> ExampleSet:
        pictures = examples.elements().map(lambda one: self.scaled(one["image"][tf.newaxis])[0])
        lessons = tf.data.Dataset.from_tensor_slices({"taught": taught, "identity": identities})
        both = tf.data.Dataset.zip(pictures, lessons).map(lambda picture, one: {"image": picture, **one})
        return ExampleSet(both.cache(), examples.n)

    def scaled(self, images: Tensor) -> Tensor:
        """Whole chips (B, 192, 192, 3) to their faces (B, 64, 64, 3), P0's crop; faces as they are."""
        left, top, side = CROPS["face"]
        if images.shape[1] != CHIP_SIZE:
            return images
        return ops.average_pool(images[:, top : top + side, left : left + side], 2)

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> dict[str, Tensor]:
        """``likeness`` (B, teacher_dim), a guess of the teacher's embedding; ``cosines`` of prototypes."""
        faces = self.scaled(inputs["image"])
        if training:
            faces = random_view(faces, self.seed_generator, CROP_AREA)
        embedding = self.encoder(faces, training=training)
        cosines = ops.matmul(of_length_1(embedding), ops.transpose(of_length_1(self.prototypes)))
        return {"likeness": of_length_1(self.head(embedding, training=training)), "cosines": cosines}

    def loss_terms(self, inputs: dict[str, Tensor], outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """``likeness`` and ``margin``."""
        alike = ops.sum(outputs["likeness"] * ops.cast(inputs["taught"], "float32"), axis=1)
        settings = inputs["identity"], self.known, self.settings.margin
        return {
            "likeness": 1.0 - ops.mean(alike), "margin": angular_margin(outputs["cosines"], *settings)
        }  # fmt: skip

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """``MARGIN_WEIGHT`` for the margin."""
        return {"margin": MARGIN_WEIGHT}

    def encode(self, images: Tensor) -> Tensor:
        """Chips (B, 192, 192, 3) in [0, 1] to embeddings float32 of length 1.

        (B, latent_dim), or with ``fused`` (B, teacher_dim + latent_dim).
        """
        faces = self.scaled(images)
        own, mirrored = (
            of_length_1(self.encoder(seen, training=False)) for seen in (faces, ops.flip(faces, axis=2))
        )
        own = of_length_1(own + mirrored)
        if self.teacher is None:
            return own
        share = self.settings.fused
        return ops.concatenate([(1 - share) ** 0.5 * self.teacher.encode(images), share**0.5 * own], axis=1)

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """What the teacher found."""
        return self.facts


def of_length_1(rows: Tensor) -> Tensor:
    """Rows (n, d) divided by their lengths, float32."""
    return ops.normalize(ops.cast(rows, "float32"), axis=-1, epsilon=1e-6)


def taught_by(teacher: HDLBP, examples: ExampleSet) -> tuple[np.ndarray, np.ndarray]:
    """The teacher's embeddings (n, d) float32 of all examples in their order, and their photos (n,) int64."""
    encode = tf.function(teacher.encode, reduce_retracing=True, autograph=False)
    read = validation_batches(examples, 64, ("image", "photo"))
    found = [(encode(inputs["image"]).numpy(), inputs["photo"].numpy()) for (inputs,) in read]
    return np.concatenate([one for one, _ in found]), np.concatenate([photo for _, photo in found])


def lessons_of(taught: np.ndarray, photos: np.ndarray, random_state: int) -> Lessons:
    """The ``Lessons`` of unit rows (n, d): of at most 6,000, evenly spread, and the 2,000 largest groups."""
    rows = evenly_spread(len(taught), MOST_GROUPED)
    unit = unit_rows(taught[rows])
    cut, labels, sure = sure_groups(unit, photos[rows], np.random.default_rng(random_state))
    if not sure.any():
        return Lessons(np.empty((0, unit.shape[1]), np.float32), cut)
    members = np.unique(labels[sure], return_inverse=True)[1]
    largest = np.argsort(-np.bincount(members), kind="stable")[:MOST_IDENTITIES]
    return Lessons(group_means(unit[sure], members)[largest].astype(np.float32), cut)
