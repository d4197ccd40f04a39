"""Adversarial autoencoder of P0: tables I, II and III, equation 4 (Makhzani et al. 2016)."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import build_decoder, build_encoder, start_at_mean_colour
from models.autoencoders.corruption import Corruption
from models.autoencoders.discriminator import build_discriminator, judge
from models.autoencoders.normality import normality_figures
from models.contract import mean_squared_error, replicas

STARTED_FROM = 512  # images that the first codes are made normal on
SCALED_ON = 4096  # images that the last codes' means and variances are taken from
TIMES_FASTER = 5.0  # a penalised discriminator's learning rate, by the others'


def whiten_embedding(encoder, images):
    """Changes the last layer so that its outputs over ``images`` (n, ...) have mean 0 and covariance I.

    BatchNorm sees the images as one batch. Directions in which the outputs hardly vary (more of them than
    images, say) are stretched no more than thirty times the average one.
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


def scale_codes(model, images):
    """Gives each latent mean 0 and variance 1 over ``images`` (n, ...), and changes no reconstruction.

    The encoder's last layer and the decoder's first are linear: what one is divided by, the other is
    multiplied by. A latent that hardly varies is stretched no more than thirty times the average.
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


def faster(rate, times):
    """A learning rate multiplied: a number, or the config of one of ``optimization``'s schedules."""
    if not isinstance(rate, dict):
        return rate * times
    multiplied = {
        key: value * times if key in ("initial_learning_rate", "warmup_target") and value else value
        for key, value in rate["config"].items()
    }
    return {**rate, "config": multiplied}


def cross_entropy(logits, real):
    """Mean binary cross-entropy of ``logits`` against all-real or all-fake, float32."""
    logits = ops.cast(logits, "float32")
    return ops.mean(ops.softplus(-logits if real else logits))


@keras.saving.register_keras_serializable("facefold")
class AAE(ConvolutionalModel):
    """An autoencoder whose codes a discriminator cannot tell from N(0, I).

    Equation 4 with the prior's codes as the real ones (the authors' code swaps them): the discriminator
    minimises ``discriminator``; the encoder, as generator, minimises ``generator`` (the codes taken for
    real; the non-saturating form) by ``adversarial_weight``, and with the decoder ``reconstruction``, the
    mean squared error. One optimizer for encoder and decoder, a second for the discriminator; both move in
    one ``train_step``, which is TensorFlow's.
    The discriminator also minimises ``discriminator_penalty`` times ``penalty``, half the mean squared norm
    of its logits' gradient at the prior's codes (R1, Mescheder et al. 2018; 0 in the paper). Without it the
    discriminator tells 128 latents from the prior for good, and the codes drift away instead of near; with
    it, it may learn five times as fast as the others and does.
    ``discriminator_accuracy`` is the share of codes, half of them real, that it tells right: 0.5 where it
    cannot. The validation loss is ``reconstruction`` alone: the others play against each other and do not
    measure progress.
    """

    generates = True
    tells_of_embeddings = True
    terms = ("reconstruction", "discriminator", "generator", "penalty", "discriminator_accuracy")

    def __init__(
        self, latent_dim=128, base_filters=128, adversarial_weight=0.1, discriminator_penalty=50.0,
        paper_linear=False, noise="none", noise_level=0.1,
    ):  # fmt: skip
        super().__init__("aae")
        self.settings = {
            "latent_dim": latent_dim, "base_filters": base_filters,
            "adversarial_weight": adversarial_weight, "discriminator_penalty": discriminator_penalty,
            "paper_linear": paper_linear, "noise": noise, "noise_level": noise_level,
        }  # fmt: skip
        self.adversarial_weight, self.discriminator_penalty = adversarial_weight, discriminator_penalty
        self.corruption = Corruption(noise, noise_level)
        self.encoder = build_encoder(latent_dim, base_filters)
        self.decoder = build_decoder(latent_dim, base_filters)
        self.discriminator = build_discriminator(latent_dim, paper_linear)
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def compile(self, optimizer, **options):
        """As Keras' ``compile``; the discriminator gets an optimizer of its own."""
        super().compile(optimizer, **options)
        config = optimizer.get_config()
        if self.discriminator_penalty:
            config["learning_rate"] = faster(config["learning_rate"], TIMES_FASTER)
        second = type(optimizer).from_config(config)
        if isinstance(self.optimizer, keras.optimizers.LossScaleOptimizer):
            second = keras.optimizers.LossScaleOptimizer(second)
        self.discriminator_optimizer = second

    def compile_from_config(self, config):
        """Compiles a loaded model as it was; Keras asks for this beside an own ``compile``."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        for optimizer, variables in self.optimizers():
            optimizer.build(variables)

    def optimizers(self):
        """One for encoder and decoder, one for the discriminator."""
        return [
            (self.optimizer, [*self.encoder.trainable_variables, *self.decoder.trainable_variables]),
            (self.discriminator_optimizer, self.discriminator.trainable_variables),
        ]

    def start_from(self, examples):
        """Starts at the training images' mean colour, and with codes of mean 0 and covariance I.

        Else the first thing that the discriminator learns is their scale, and few epochs are over before the
        encoder has mended it.
        """
        start_at_mean_colour(self.decoder, examples)
        whiten_embedding(self.encoder, examples.array("image", STARTED_FROM))

    def finish_on(self, examples):
        """Ends with codes of mean 0 and variance 1 over the training images; no reconstruction changes.

        Discriminator and encoder circle around the prior: where the game ends, single latents are up to
        twice too wide or too narrow. The discriminator stays as it was.
        """
        scale_codes(self, examples.array("image", SCALED_ON))

    def call(self, images, training=False):
        """Code, reconstruction, and the discriminator's logits for that code and for one of the prior."""
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

    def loss_terms(self, images, outputs):
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

    def term_weights(self, training):
        """The loss of encoder and decoder; the discriminator has its own."""
        generator = self.adversarial_weight if training else 0.0
        return {"discriminator": 0.0, "penalty": 0.0, "discriminator_accuracy": 0.0, "generator": generator}

    def train_step(self, data):
        """One step of both optimizers on one batch, both losses from the same codes."""
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

    def figures(self, embeddings):
        """How near the codes are to N(0, I): see ``models.autoencoders.normality``."""
        return normality_figures(embeddings)
