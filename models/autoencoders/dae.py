"""Denoising autoencoder: tables I and II of P0 trained on corrupted images (P4's review)."""

from __future__ import annotations

from typing import Any

import keras

from models.autoencoders.cae import CAE
from models.autoencoders.settings import DAESettings


@keras.saving.register_keras_serializable("facefold")
class DAE(CAE):
    """A ``CAE`` whose input is corrupted while it trains, by default with Gaussian noise.

    The other convolutional models have the settings ``noise`` and ``noise_level`` too, with no noise by
    default.
    """

    def __init__(self, name: str = "dae", **values: Any) -> None:
        """``values`` are the values of ``DAESettings``."""
        super().__init__(name, DAESettings(**values))
