"""Variational autoencoder of P0: tables I and II without BatchNorm, with two heads."""

import keras
from keras import layers, ops

from models.autoencoders.autoencoder import ConvolutionalModel
from models.autoencoders.cae import IMAGE_SHAPE, build_decoder, start_at_mean_colour, table_1
from models.autoencoders.corruption import Corruption

ACTIVE = 0.01  # variance of a latent mean over the data above which its unit is active (Burda et al. 2016)
LOG_VARIANCE_RANGE = (-12.0, 12.0)  # keeps exp() finite in float16


def build_encoder(latent_dim=128, base_filters=128):
    """Images (B, 64, 64, 3) to mean and log-variance of q(z|x), each (B, latent_dim) float32."""
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = table_1(images, base_filters, batch_norm=False)
    mean = layers.Dense(latent_dim, dtype="float32", name="mean")(x)
    small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")  # begins near the prior's variance
    log_variance = layers.Dense(latent_dim, kernel_initializer=small, dtype="float32", name="log_variance")(x)
    return keras.Model(images, [mean, ops.clip(log_variance, *LOG_VARIANCE_RANGE)], name="encoder")


def kl_to_standard_normal(mean, log_variance):
    """KL(N(mean, exp(log_variance)) || N(0, I)), closed form, summed over the latents: (B,) nats."""
    return 0.5 * ops.sum(ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance, axis=-1)


@keras.saving.register_keras_serializable("facefold")
class VAE(ConvolutionalModel):
    """Encoder and decoder of P0, equation 3: the negative ELBO in nats an image.

    The likelihood is a Gaussian of variance 1 a pixel, so that ``reconstruction`` is half the squared
    error summed over pixels, without the constant 0.5 * 12,288 * log(2 pi); ``kl`` is closed form. At
    ``beta`` 1 and after ``kl_warmup_epochs`` the loss is the negative ELBO; ``beta`` 1 / s^2 and the same
    model up to scale stand for a pixel deviation s. During the warm-up the training loss weighs the KL by a
    share that grows from 0 linearly; the validation loss always weighs it by ``beta``.
    The embedding is the mean of q(z|x). Biases stand where the tables have BatchNorm, which P0 leaves out.
    """

    generates = True
    tells_of_embeddings = True
    terms = ("reconstruction", "kl")

    def __init__(
        self, latent_dim=128, base_filters=128, beta=1.0, kl_warmup_epochs=1.0, noise="none", noise_level=0.1
    ):
        super().__init__("vae")
        self.settings = {
            "latent_dim": latent_dim, "base_filters": base_filters, "beta": beta,
            "kl_warmup_epochs": kl_warmup_epochs, "noise": noise, "noise_level": noise_level,
        }  # fmt: skip
        self.beta, self.kl_warmup_epochs = beta, kl_warmup_epochs
        self.corruption = Corruption(noise, noise_level)
        self.encoder = build_encoder(latent_dim, base_filters)
        self.decoder = build_decoder(latent_dim, base_filters, batch_norm=False)
        self.seed_generator = keras.random.SeedGenerator()
        self.built = True

    def start_from(self, examples):
        """Makes an untrained model reconstruct, nearly, the mean colour of the training images."""
        start_at_mean_colour(self.decoder, examples)

    def encode(self, images):
        """Images (B, 64, 64, 3) to the means of q(z|x), (B, latent_dim) float32."""
        return self.encoder(images, training=False)[0]

    def call(self, images, training=False):
        """``reconstruction`` of a sample z of q(z|x), with that ``mean`` and ``log_variance``."""
        mean, log_variance = self.encoder(self.corruption(images, training=training), training=training)
        noise = keras.random.normal(ops.shape(mean), dtype="float32", seed=self.seed_generator)
        latent = mean + ops.exp(0.5 * log_variance) * noise
        reconstruction = self.decoder(latent, training=training)
        return {"reconstruction": reconstruction, "mean": mean, "log_variance": log_variance}

    def loss_terms(self, images, outputs):
        """``reconstruction`` and ``kl``, each the mean over the batch of nats an image."""
        difference = ops.cast(images, "float32") - ops.cast(outputs["reconstruction"], "float32")
        squared = ops.sum(ops.square(difference), axis=(1, 2, 3))
        kl = kl_to_standard_normal(outputs["mean"], outputs["log_variance"])
        return {"reconstruction": 0.5 * ops.mean(squared), "kl": ops.mean(kl)}

    def term_weights(self, training):
        """``kl`` by ``beta``, while training times the share of the warm-up that is over."""
        warmup = self.kl_warmup_epochs * self.steps_per_epoch
        if not training or warmup <= 0:
            return {"kl": self.beta}
        return {"kl": self.beta * ops.minimum(1.0, ops.cast(self.optimizer.iterations, "float32") / warmup)}

    def figures(self, embeddings):
        """``active_units``: latents whose mean varies over the examples by more than 0.01."""
        return {"active_units": int((embeddings.var(axis=0) > ACTIVE).sum())}
