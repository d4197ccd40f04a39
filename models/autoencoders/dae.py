"""Denoising autoencoder: tables I and II of P0 trained on corrupted images (P4's review)."""

import keras

from models.autoencoders.cae import CAE


@keras.saving.register_keras_serializable("facefold")
class DAE(CAE):
    """A ``CAE`` whose input is corrupted while it trains, by Gaussian noise unless told otherwise.

    The other convolutional models take ``noise`` and ``noise_level`` too; they default to none.
    """

    def __init__(self, latent_dim=128, base_filters=128, noise="gaussian", noise_level=0.1, name="dae"):
        noise = "gaussian" if noise == "none" else noise
        super().__init__(latent_dim, base_filters, noise, noise_level, name)
