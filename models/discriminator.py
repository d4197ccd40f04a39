"""Table III of P0: tells codes of the prior from codes of the encoder."""

import keras
from keras import layers

UNITS = 512


def build_discriminator(latent_dim=512, paper_linear=False, units=UNITS):
    """Latents (B, latent_dim) to logits (B, 1) float32: above 0 for the prior.

    Four Dense of ``units`` and one of 1; with latent_dim 512 every row and the total of table III,
    1,051,137, agree. The table shows no activation, which makes five layers one linear map:
    LeakyReLU(0.2) stands between them unless ``paper_linear``.
    """
    latent = keras.Input((latent_dim,), name="latent")
    x = latent
    for _ in range(4):
        x = layers.Dense(units)(x)
        if not paper_linear:
            x = layers.LeakyReLU(negative_slope=0.2)(x)
    logit = layers.Dense(1, dtype="float32", name="logit")(x)
    return keras.Model(latent, logit, name="discriminator")
