"""Convolutional autoencoder of P0, tables I and II, row for row."""

import keras
from keras import layers

from models.layers import conv_block, conv_transpose_block

IMAGE_SHAPE = (64, 64, 3)


def build_encoder(latent_dim=128, base_filters=128):
    """Table I: (B, 64, 64, 3) float32 in [0, 1] to embeddings (B, latent_dim) float32.

    ``base_filters`` is 128 in the paper; each of the four convolutions doubles it. The printed
    Dense row (1,638,400) holds for ``latent_dim`` 100 without the bias.
    """
    images = keras.Input(IMAGE_SHAPE, name="image")
    x = images
    for factor in (1, 2, 4, 8):
        x = conv_block(x, base_filters * factor)
    x = layers.Flatten()(x)
    embedding = layers.Dense(latent_dim, dtype="float32", name="embedding")(x)
    return keras.Model(images, embedding, name="encoder")


def build_decoder(latent_dim=128, base_filters=128):
    """Table II: embeddings (B, latent_dim) to images (B, 64, 64, 3) float32, without activation."""
    embedding = keras.Input((latent_dim,), name="embedding")
    x = layers.Dense(8 * 8 * 8 * base_filters)(embedding)
    x = layers.Reshape((8, 8, 8 * base_filters))(x)
    for factor in (4, 2, 1):
        x = conv_transpose_block(x, base_filters * factor)
    # A hundredth of Glorot's variance: the first reconstructions are the bias, so that no early steps
    # (and no memory of their gradients in Adam) go into unlearning noise.
    small = keras.initializers.VarianceScaling(0.01, "fan_avg", "uniform")
    image = layers.Conv2DTranspose(3, 1, kernel_initializer=small, dtype="float32", name="reconstruction")(x)
    return keras.Model(embedding, image, name="decoder")


@keras.saving.register_keras_serializable("facefold")
class CAE(keras.Model):
    """Encoder and decoder of P0 trained on the mean squared error.

    ``call`` maps images (B, 64, 64, 3) in [0, 1] to their reconstructions.

    >>> CAE(latent_dim=100).encoder.get_layer("embedding").kernel.shape
    (16384, 100)
    """

    def __init__(self, latent_dim=128, base_filters=128, **kwargs):
        super().__init__(name="cae", **kwargs)
        self.latent_dim = latent_dim
        self.base_filters = base_filters
        self.encoder = build_encoder(latent_dim, base_filters)
        self.decoder = build_decoder(latent_dim, base_filters)
        self.built = True  # both parts are

    def start_from(self, mean):
        """Makes an untrained model reconstruct, nearly, the colour ``mean`` (3,) float32 in [0, 1]."""
        self.decoder.get_layer("reconstruction").bias.assign(mean)

    def encode(self, images):
        """Images (B, 64, 64, 3) to embeddings (B, latent_dim) float32."""
        return self.encoder(images, training=False)

    def decode(self, embeddings):
        """Embeddings (B, latent_dim) to images (B, 64, 64, 3) float32, not clipped."""
        return self.decoder(embeddings, training=False)

    def call(self, images, training=False):
        """Reconstructions of ``images``, same shape, float32."""
        return self.decoder(self.encoder(images, training=training), training=training)

    def get_config(self):
        """What rebuilds the model: ``latent_dim`` and ``base_filters``."""
        return {"latent_dim": self.latent_dim, "base_filters": self.base_filters}
