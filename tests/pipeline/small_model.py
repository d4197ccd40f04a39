"""A model as one file, for the test that one line of the catalog is enough to run it."""

import keras
from keras import layers

from models.autoencoders.autoencoder import Autoencoder
from models.autoencoders.corruption import Corruption
from models.autoencoders.settings import LatentSettings


@keras.saving.register_keras_serializable("facefold")
class SmallModel(Autoencoder):
    """Images (B, 32, 32, 3) by one dense layer to ``latent_dim`` numbers and back."""

    def __init__(self, name="small_model", **values):
        super().__init__(name, LatentSettings(**values))
        self.corruption = Corruption()
        latent_dim = self.settings.latent_dim
        self.encoder = keras.Sequential(
            [keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(latent_dim, dtype="float32")]
        )
        self.decoder = keras.Sequential(
            [
                keras.Input((latent_dim,)),
                layers.Dense(32 * 32 * 3),
                layers.Reshape((32, 32, 3), dtype="float32"),
            ]
        )
        self.built = True
