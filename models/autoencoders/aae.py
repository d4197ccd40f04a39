"""Adversarial autoencoder of P0: tables I, II and III, equation 4 (Makhzani et al. 2016)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import build_decoder, build_encoder, start_at_mean_colour
from models.autoencoders.corruption import Corruption
from models.autoencoders.discriminator import build_discriminator, judge
from models.autoencoders.normality import normality_figures
from models.autoencoders.settings import AAESettings
from models.contract import mean_squared_error
from models.tensors import Tensor
from models.trained import replicas

if TYPE_CHECKING:
    from models.inputs.training_data import ExampleSet


STARTED_FROM = 512  # images on which the first codes are whitened
SCALED_ON = 4096  # images from which the means and variances of the final codes are taken
TIMES_FASTER = 5.0  # learning rate of a penalised discriminator, as a multiple of the others'


def whiten_embedding(encoder: keras.Model, images: np.ndarray) -> None:
    """Changes the last layer so that its outputs over ``images`` (n, ...) have mean 0 and covariance I.

    BatchNorm sees the images as one batch. Directions in which the outputs hardly vary, for instance because
    there are more of them than images, are stretched at most thirty times as much as the average one.
    """
    layer = encoder.get_layer("embedding")
    features = np.asarray(keras.Model(encoder.input, layer.input)(images, training=True), np.float64)
    kernel = np.asarray(layer.kernel, np.float64)
    codes = features @ kernel
    values, vectors = np.linalg.eigh(np.cov(codes.T))
    scale = 1.0 / np.sqrt(np.maximum(values, 1e-3 * values.mean()))
    kernel = kernel @ vectors * scale
    layer.kernel.assign(kernel.astype(np.float32))
    layer.bias.assign((-features.mean(axis=0) @ kernel).astype(np.float32))


def scale_codes(model: AAE, images: np.ndarray) -> None:
    """Gives each latent mean 0 and variance 1 over ``images`` (n, ...) without changing any reconstruction.

    The encoder's last layer and the decoder's first are linear, so the second is multiplied by what the first
    is divided by. A latent that hardly varies is stretched at most thirty times as much as the average one.
    """
    codes = np.concatenate(
        [np.asarray(model.encode(batch)) for batch in np.split(images, range(256, len(images), 256))]
    )
    mean = codes.mean(axis=0, dtype=np.float64)
    deviation = codes.std(axis=0, dtype=np.float64)
    deviation = np.maximum(deviation, deviation.mean() / 30)
    last = model.encoder.get_layer("embedding")
    first = next(layer for layer in model.decoder.layers if isinstance(layer, layers.Dense))
    first.bias.assign(np.asarray(first.bias) + mean @ np.asarray(first.kernel))
    first.kernel.assign(deviation[:, None] * np.asarray(first.kernel))
    last.kernel.assign(np.asarray(last.kernel) / deviation)
    last.bias.assign((np.asarray(last.bias) - mean) / deviation)


def faster(rate: float | dict[str, Any], times: float) -> float | dict[str, Any]:
    """Multiplies a learning rate: a number, or the config of one of ``optimization``'s schedules."""
    if not isinstance(rate, dict):
        return rate * times
    multiplied = {
        key: value * times if key in ("initial_learning_rate", "warmup_target") and value else value
        for key, value in rate["config"].items()
    }
    return {**rate, "config": multiplied}


def cross_entropy(logits: Tensor, real: bool) -> Tensor:
    """Mean binary cross-entropy of ``logits`` if all are real, or all are fake: a float32 scalar."""
    logits = ops.cast(logits, "float32")
    return ops.mean(ops.softplus(-logits if real else logits))


@keras.saving.register_keras_serializable("facefold")
class AAE(ConvolutionalModel):
    """An autoencoder whose codes a discriminator cannot tell from N(0, I).

    This is equation 4 with the prior's codes as the real ones (the authors' code swaps them). The
    discriminator minimises ``discriminator``. The encoder, as generator, minimises ``generator`` times
    ``adversarial_weight``, in the non-saturating form, which rewards codes that are taken for real. Encoder
    and decoder together minimise ``reconstruction``, the mean squared error. They share one optimizer, and
    the discriminator has its own. Both take a step in one ``train_step``, which needs TensorFlow.

    The discriminator also minimises ``discriminator_penalty`` times ``penalty``, half the mean squared norm
    of its logits' gradient at the prior's codes (R1, Mescheder et al. 2018; 0 in the paper). Without it, the
    discriminator always tells 128 latents from the prior, and the codes drift away from it. With it, the
    discriminator can learn five times as fast as the others, and does.

    ``discriminator_accuracy`` is the share of codes, half of them real, that it classifies correctly: 0.5 if
    it cannot tell them apart. The validation loss is ``reconstruction`` alone, because the other terms play
    against each other and do not measure progress.
    """

    settings: AAESettings

    generates = True
    tells_of_embeddings = True
    terms = ("reconstruction", "discriminator", "generator", "penalty", "discriminator_accuracy")

    def __init__(self, name: str = "aae", **values: Any) -> None:
        """``values`` are the values of ``AAESettings``."""
        super().__init__(name, AAESettings(**values))
        latent_dim, base_filters = self.settings.latent_dim, self.settings.base_filters
        self.adversarial_weight = self.settings.adversarial_weight
        self.discriminator_penalty = self.settings.discriminator_penalty
        self.corruption = Corruption(self.settings.noise, self.settings.noise_level)
        self.encoder = build_encoder(latent_dim, base_filters)
        self.decoder = build_decoder(latent_dim, base_filters)
        self.discriminator = build_discriminator(latent_dim, self.settings.paper_linear)
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def compile(self, optimizer: keras.optimizers.Optimizer, **options: Any) -> None:
        """Compiles as Keras does, and gives the discriminator an optimizer of its own."""
        super().compile(optimizer, **options)
        config = optimizer.get_config()
        if self.discriminator_penalty:
            config["learning_rate"] = faster(config["learning_rate"], TIMES_FASTER)
        second = type(optimizer).from_config(config)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            second = keras.optimizers.LossScaleOptimizer(second)
        self.discriminator_optimizer = second

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles a loaded model as it was; Keras requires this of a model that overrides ``compile``."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        for optimizer, variables in self.optimizers():
            optimizer.build(variables)

    def optimizers(self) -> list[tuple[keras.optimizers.Optimizer, list[keras.Variable]]]:
        """One optimizer for encoder and decoder, and one for the discriminator."""
        return [
            (self.optimizer, [*self.encoder.trainable_variables, *self.decoder.trainable_variables]),
            (self.discriminator_optimizer, self.discriminator.trainable_variables),
        ]

    def start_from(self, examples: ExampleSet) -> None:
        """Starts with the training images' mean colour, and with codes of mean 0 and covariance I.

        Otherwise the first thing that the discriminator learns is the scale of the codes, and it takes the
        encoder epochs to correct it.
        """
        start_at_mean_colour(self.decoder, examples)
        whiten_embedding(self.encoder, examples.array("image", STARTED_FROM))

    def finish_on(self, examples: ExampleSet) -> None:
        """Ends with codes of mean 0 and variance 1 over the training images; no reconstruction changes.

        Discriminator and encoder circle around the prior, so when training ends, single latents are up to
        twice too wide or too narrow. The discriminator itself is not changed.
        """
        scale_codes(self, examples.array("image", SCALED_ON))

    def call(self, images: Tensor, training: bool = False) -> dict[str, Tensor]:
        """The code, its reconstruction, and the discriminator's logits for it and for a code of the prior."""
        code = self.encoder(self.corruption(images, training=training), training=training)
        prior = keras.random.normal(ops.shape(code), dtype="float32", seed=self.seed_generator)
        fixed = ops.concatenate([ops.stop_gradient(code), prior])
        (fake_fixed, real), (_, slope) = (ops.split(x, 2) for x in judge(self.discriminator, fixed))
        return {
            "code": code,
            "reconstruction": self.decoder(code, training=training),
            "fake": self.discriminator(code, training=training),
            "fake_fixed": fake_fixed,
            "real": real,
            "slope": slope,
        }

    def loss_terms(self, images: Tensor, outputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """The three losses of equation 4, the discriminator's penalty and its accuracy."""
        right = ops.mean(ops.cast(outputs["real"] > 0, "float32"))
        right += ops.mean(ops.cast(outputs["fake"] <= 0, "float32"))
        real, fake = cross_entropy(outputs["real"], True), cross_entropy(outputs["fake_fixed"], False)
        return {
            "reconstruction": mean_squared_error(images, outputs["reconstruction"]),
            "discriminator": 0.5 * (real + fake),
            "generator": cross_entropy(outputs["fake"], True),
            "penalty": 0.5 * ops.mean(ops.sum(ops.square(outputs["slope"]), axis=-1)),
            "discriminator_accuracy": 0.5 * right,
        }

    def term_weights(self, training: bool) -> dict[str, float | Tensor]:
        """Weights for the loss of encoder and decoder; the discriminator has a loss of its own."""
        generator = self.adversarial_weight if training else 0.0
        return {"discriminator": 0.0, "penalty": 0.0, "discriminator_accuracy": 0.0, "generator": generator}

    def train_step(self, data: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """One step of both optimizers on one batch; both losses use the same codes."""
        images = data[0]
        (first, own), (second, judges) = self.optimizers()
        with tf.GradientTape(persistent=True) as tape:
            outputs = self(images, training=True)
            terms = self.loss_terms(images, outputs)
            loss = self.weighted_sum(terms, ops.shape(images)[0], training=True)
            share = 1.0 / replicas()
            judging = terms["discriminator"] + self.discriminator_penalty * terms["penalty"]
            scaled = first.scale_loss(share * loss), second.scale_loss(share * judging)
        own_gradients, judges_gradients = tape.gradient(scaled[0], own), tape.gradient(scaled[1], judges)
        first.apply(own_gradients, own)
        second.apply(judges_gradients, judges)
        self._loss_tracker.update_state(loss, sample_weight=ops.shape(images)[0])
        return self.get_metrics_result()

    def figures(self, embeddings: np.ndarray | None) -> dict[str, Any]:
        """How close the codes are to N(0, I); see ``models.autoencoders.normality``."""
        return normality_figures(np.asarray(embeddings))
