"""What the convolutional models share; a model adds its networks and what is its own."""

from keras import ops

from models.contract import EmbeddingModel, last_maps, mean_squared_error


class ConvolutionalModel(EmbeddingModel):
    """A model of an ``encoder`` and, where it decodes, a ``decoder``: Keras models of the class below."""

    def scaled(self, images):
        """Images in [0, 1] as the encoder takes them; as they are, unless a model says otherwise."""
        return images

    def encode(self, images):
        """Images (B, H, W, 3) to embeddings (B, d) float32."""
        return self.encoder(self.scaled(images), training=False)

    def decode(self, embeddings):
        """Embeddings (B, d) to images (B, H, W, 3) float32, not clipped; see the contract."""
        return self.decoder(embeddings, training=False) if self.decodes else super().decode(embeddings)

    def maps(self, images):
        """The encoder's last feature maps, (B, h, w, c) float32."""
        return ops.cast(last_maps(self.encoder)(self.scaled(images), training=False), "float32")


class Autoencoder(ConvolutionalModel):
    """A ``ConvolutionalModel`` trained on the mean squared error of its reconstructions.

    Its ``corruption`` is applied to what the encoder sees while training.
    """

    def call(self, images, training=False):
        """Reconstructions of ``images``, same shape, float32, ``scaled``."""
        seen = self.scaled(self.corruption(images, training=training))
        return self.decoder(self.encoder(seen, training=training), training=training)

    def loss_terms(self, images, reconstructions):
        """``reconstruction``: the mean squared error over ``scaled`` pixels (P0, equation 1)."""
        return {"reconstruction": mean_squared_error(self.scaled(images), reconstructions)}
