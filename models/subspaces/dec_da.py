"""Deep embedded clustering: DEC, IDEC, and both with augmentation (DEC-DA, IDEC-DA), fully connected.

Xie, Girshick and Farhadi 2016 (DEC); Guo, Gao, Liu and Yin 2017 (IDEC); Guo, Zhu, Liu and Yin 2018,
"Deep embedded clustering with data augmentation" (ACML), whose settings these are.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops, optimizers
from sklearn.cluster import KMeans

from models.contract import EmbeddingModel
from models.devices.threads import tolerated_warnings
from models.pretrained.frozen import float32_layers
from models.subspaces.affine_views import affine_views
from models.subspaces.settings import DecDASettings
from models.subspaces.spread_rows import checked_pictures
from models.tensors import Tensor
from schemas.samples import batches_of

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet

logger = logging.getLogger(__name__)
LARGEST_SEED = 2**31 - 1
BATCH = 256
PRETRAIN_EPOCHS, CLUSTERING_STEPS = 500, 20_000  # as published; a run of less is shortened
FEW_PICTURES, SHORT_INTERVAL, LONG_INTERVAL = 20_000, 30, 140
MOMENTUM = 0.9
PRETRAIN_RATE = {"sgd": 1.0, "adam": 1e-3}
CLUSTERING_RATE = {False: 0.01, True: 1.0}  # of DEC, and of IDEC
STARTS = 20  # of the k-means that finds the first centres
SMALLEST = 1e-30  # a probability below it counts as this in a logarithm


@keras.saving.register_keras_serializable("facefold")
class DecDA(EmbeddingModel):
    """A fully connected autoencoder whose code is taught to fall into ``n_groups`` groups.

    ``augmentation`` and ``reconstruction`` make the four methods: without both it is DEC, with the second
    IDEC, with the first DEC-DA, with both IDEC-DA. ``encode`` gives the code, and beside it the logarithm of
    each group's soft assignment; without clustering (``clustering_steps`` 0) the code alone. It is fitted in
    ``start_from``.
    """

    settings: DecDASettings

    terms = ()

    def __init__(self, name: str = "dec_da", seed: int = 0, **values: Any) -> None:
        """``values`` are those of ``DecDASettings``; raises ValueError for impossible ones."""
        super().__init__(name, DecDASettings(**values))
        self.seed = seed
        chosen = self.settings
        self.facts: dict[str, Any] = {}
        pixels = math.prod(chosen.shape)
        widths = (chosen.hidden_units, chosen.hidden_units, chosen.wide_units)
        self.encoder = dense_layers((pixels, *widths, chosen.code_units), seed, "encoder")
        self.centres = None
        if chosen.clustering_steps:
            self.centres = self.add_weight(
                shape=(chosen.n_groups, chosen.code_units),
                initializer="zeros",
                trainable=False,
                dtype="float32",
                autocast=False,
                name="centres",
            )
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The arguments that rebuild the model."""
        return {**super().get_config(), "seed": self.seed}

    def start_from(self, examples: ExampleSet) -> None:
        """Trains the autoencoder on all training images, then, from k-means' centres, the groups.

        Raises ValueError if there are fewer images than groups.
        """
        chosen = self.settings
        if chosen.clustering_steps and examples.n < chosen.n_groups:
            raise ValueError(
                f"{examples.n} pictures can't be {chosen.n_groups} groups. Expected at least as many as "
                "n_groups. Give more pictures, or set n_groups lower."
            )
        images = tf.convert_to_tensor(examples.array("image", examples.n))
        checked_pictures(images[:1], chosen.shape, self.name)
        fit = DeepFit(self, images)
        error = fit.pretrain()
        self.facts = {
            "pretrain_epochs": chosen.pretrain_epochs,
            "pretrain_error": error,
            "shortened": chosen.pretrain_epochs < PRETRAIN_EPOCHS,
        }
        if self.centres is not None:
            told = fit.cluster(self.centres)
            cut_short = not told["converged"] and chosen.clustering_steps < CLUSTERING_STEPS
            self.facts |= told | {"shortened": self.facts["shortened"] or cut_short}
        if self.facts["shortened"]:
            logger.warning(
                "Shortened: %d epochs and at most %d steps, where %d and %d are published.",
                *(chosen.pretrain_epochs, chosen.clustering_steps, PRETRAIN_EPOCHS, CLUSTERING_STEPS),
            )

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """How the fit went: ``pretrain_epochs``, ``shortened`` (less than published) and ``pretrain_error``.

        That is the mean squared one of the last epoch. With clustering also ``clustering_steps`` made,
        ``update_interval``, ``converged``, ``changed_share`` (of labels) and ``groups`` (with pictures).
        """
        return self.facts

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, side, side, channels) into (B, code_units + n_groups) float32.

        The last ``n_groups`` numbers are log q, at most 0; without clustering there are none.
        """
        code = self.encoder(ops.reshape(ops.cast(images, "float32"), (-1, math.prod(self.settings.shape))))
        if self.centres is None:
            return code
        return ops.concatenate([code, log_soft_assignment(code, self.centres)], axis=1)

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """The embeddings."""
        return self.encode(images)


class DeepFit:
    """A fit of the network to images (n, side, side, channels) float32: the steps, compiled, and the loops.

    The decoder is only needed here, so that it is no part of the model.
    """

    def __init__(self, model: DecDA, images: Tensor) -> None:
        self.settings, self.images, self.n = model.settings, images, len(images)
        self.encoder = model.encoder
        chosen, pixels = model.settings, math.prod(model.settings.shape)
        widths = (chosen.code_units, chosen.wide_units, chosen.hidden_units, chosen.hidden_units, pixels)
        self.decoder = dense_layers(widths, model.seed + 1, "decoder")
        self.generator = np.random.default_rng(model.seed)
        self.seed = int(self.generator.integers(LARGEST_SEED))
        self.drawn = keras.random.SeedGenerator(self.seed)

    def pretrain(self) -> float:
        """Trains the autoencoder; returns the mean squared error of the last epoch, NaN without one."""
        name = self.settings.pretrain_optimizer
        rate = PRETRAIN_RATE[name]
        optimizer = optimizers.Adam(rate) if name == "adam" else optimizers.SGD(rate, MOMENTUM)
        variables = [*self.encoder.trainable_variables, *self.decoder.trainable_variables]
        optimizer.build(variables)

        def step(rows: Tensor) -> Tensor:
            pictures = self._shown(rows)
            with tf.GradientTape() as tape:
                error = self._error(pictures, self.encoder(pictures, training=True))
            optimizer.apply(tape.gradient(error, variables), variables)
            return error

        compiled = tf.function(step, autograph=False, reduce_retracing=True)
        error = float("nan")
        size = min(BATCH, self.n)
        for _ in range(self.settings.pretrain_epochs):
            order = self.generator.permutation(self.n)
            errors = [compiled(order[start : start + size]) for start in range(0, self.n - size + 1, size)]
            error = float(np.mean(errors))
            if not np.isfinite(error):
                raise FloatingPointError(
                    f"The autoencoder's error is {error}. Expected a finite number. "
                    "Set pretrain_optimizer=adam, or check that the pictures are in [0, 1]."
                )
        return error

    def cluster(self, centres: keras.Variable) -> dict[str, Any]:
        """Teaches the groups until few labels change, or the steps are done; how it went."""
        chosen = self.settings
        codes = self._codes()
        with tolerated_warnings():
            kmeans = KMeans(chosen.n_groups, n_init=STARTS, random_state=self.seed).fit(codes)
        centres.assign(kmeans.cluster_centers_.astype(np.float32))
        step, batches = self._clustering_step(centres), self._batches()
        interval = chosen.update_interval or (SHORT_INTERVAL if self.n <= FEW_PICTURES else LONG_INTERVAL)
        labels, target, changed, done = np.asarray(kmeans.labels_), np.empty(0), 1.0, 0
        while done < chosen.clustering_steps:
            if done % interval == 0:
                assigned = soft_assignment(self._codes(), np.asarray(centres))
                target = target_distribution(assigned).astype(np.float32)
                now = assigned.argmax(axis=1)
                changed, labels = float((now != labels).mean()), now
                if done and changed < chosen.least_changed:
                    break
            rows = next(batches)
            step(rows, target[rows])
            done += 1
        final = log_soft_assignment(self._codes(), np.asarray(centres))
        return {
            "clustering_steps": done,
            "update_interval": interval,
            "converged": done < chosen.clustering_steps,
            "changed_share": changed,
            "groups": len(np.unique(np.argmax(final, axis=1))),
        }

    def _clustering_step(self, centres: keras.Variable) -> Any:
        """The compiled step: it moves the network and the centres towards the targets of some rows."""
        with_decoder = self.settings.reconstruction
        optimizer = optimizers.SGD(CLUSTERING_RATE[with_decoder], MOMENTUM)
        layers_of = [self.encoder, self.decoder] if with_decoder else [self.encoder]
        learnt = [centres, *(one for part in layers_of for one in part.trainable_variables)]
        optimizer.build(learnt)
        values = [one.value for one in learnt]  # the centres are no trainable weight of a fitted model

        def step(rows: Tensor, target: Tensor) -> None:
            pictures = self._shown(rows)
            with tf.GradientTape() as tape:
                tape.watch(values)
                code = self.encoder(pictures, training=True)
                loss = divergence(target, log_soft_assignment(code, centres))
                if with_decoder:
                    loss = self.settings.divergence_weight * loss + self._error(pictures, code)
            optimizer.apply(tape.gradient(loss, values), learnt)

        return tf.function(step, autograph=False, reduce_retracing=True)

    def _shown(self, rows: Tensor) -> Tensor:
        """The pictures of some rows, flat: (B, pixels), each moved where there is augmentation."""
        chosen = self.settings
        pictures = tf.gather(self.images, rows)
        if chosen.augmentation:
            pictures = affine_views(pictures, chosen.limits, self.drawn)
        return tf.reshape(pictures, (-1, math.prod(chosen.shape)))

    def _error(self, pictures: Tensor, code: Tensor) -> Tensor:
        return tf.reduce_mean(tf.square(self.decoder(code, training=True) - pictures))

    def _batches(self) -> Iterator[np.ndarray]:
        """Rows of batches, endless, always in one order, which is drawn once; the last of a pass is short."""
        order = self.generator.permutation(self.n)
        while True:
            yield from (order[part] for part in batches_of(self.n, BATCH))

    def _codes(self) -> np.ndarray:
        """The codes (n, code_units) float32 of all pictures as they are."""
        flat = tf.reshape(self.images, (self.n, -1))
        return np.concatenate([self.encoder(flat[part]).numpy() for part in batches_of(self.n, 4096)])


def dense_layers(widths: tuple[int, ...], seed: int, name: str) -> keras.Sequential:
    """Dense layers between ``widths``, ReLU but for the last, in float32, drawn by ``seed``."""
    made = []
    for number, units in enumerate(widths[1:], 1):
        drawn = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform", seed=seed * 1009 + number)
        bend = None if number == len(widths) - 1 else "relu"
        made.append(layers.Dense(units, activation=bend, kernel_initializer=drawn, dtype="float32"))
    with float32_layers():
        return keras.Sequential([keras.Input((widths[0],)), *made], name=name)


def log_soft_assignment(codes: Tensor, centres: Tensor) -> Tensor:
    """log q (B, K) of codes (B, d) and centres (K, d), Student's t of one degree (DEC, equation 1).

    q_ij is 1 / (1 + |z_i - m_j|^2), divided by its sum over j.
    """
    squared = ops.sum(ops.square(ops.expand_dims(codes, 1) - centres), axis=2)
    return ops.log_softmax(-ops.log1p(squared), axis=1)


def soft_assignment(codes: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """q (n, K) float64, see ``log_soft_assignment``."""
    parts = [
        ops.convert_to_numpy(log_soft_assignment(codes[part], centres))
        for part in batches_of(len(codes), 4096)
    ]
    return np.exp(np.concatenate(parts).astype(np.float64))


def target_distribution(q: np.ndarray) -> np.ndarray:
    """p_ij = q_ij^2 / f_j, divided by its sum over j, with f_j = sum_i q_ij (DEC, equation 3): (n, K)."""
    weight = q**2 / np.maximum(q.sum(axis=0), SMALLEST)
    return weight / weight.sum(axis=1, keepdims=True)


def divergence(target: Tensor, log_q: Tensor) -> Tensor:
    """KL(P || Q) of targets p and log q (B, K), the mean over the batch (DEC, equation 2)."""
    log_p = tf.math.log(tf.maximum(target, SMALLEST))
    return tf.reduce_mean(tf.reduce_sum(target * (log_p - log_q), axis=1))
