"""What the convolutional models share. A model adds its networks and whatever else it does."""

from __future__ import annotations

from keras import ops

from models.contract import EmbeddingModel, last_maps, mean_squared_error
from models.tensors import Tensor


class ConvolutionalModel(EmbeddingModel):
    """A model with an ``encoder`` and, if it decodes, a ``decoder``, which its subclass sets."""

    def scaled(self, images: Tensor) -> Tensor:
        """Images in [0, 1] scaled for the encoder; by default unchanged."""
        return images

    def encode(self, images: Tensor) -> Tensor:
        """Turns images (B, H, W, 3) into embeddings (B, d) float32."""
        return self.encoder(self.scaled(images), training=False)

    def decode(self, embeddings: Tensor) -> Tensor:
        """Turns embeddings (B, d) into images (B, H, W, 3) float32, not clipped; see the contract."""
        return self.decoder(embeddings, training=False) if self.decodes else super().decode(embeddings)

    @property
    def has_maps(self) -> bool:
        """Whether a layer of the encoder outputs maps."""
        return last_maps(self.encoder) is not None

    def maps(self, images: Tensor) -> Tensor | None:
        """The encoder's last feature maps (B, h, w, c) float32; None if no layer outputs maps."""
        network = last_maps(self.encoder)
        return None if network is None else ops.cast(network(self.scaled(images), training=False), "float32")


class Autoencoder(ConvolutionalModel):
    """A ``ConvolutionalModel`` trained on the mean squared error of its reconstructions.

    While it trains, its ``corruption`` is applied to the encoder's input.
    """

    def call(self, images: Tensor, training: bool = False) -> Tensor:
        """Reconstructions of ``scaled`` images: float32, in the shape of ``images``."""
        seen = self.scaled(self.corruption(images, training=training))
        return self.decoder(self.encoder(seen, training=training), training=training)

    def loss_terms(self, images: Tensor, reconstructions: Tensor) -> dict[str, Tensor]:
        """``reconstruction``: the mean squared error over ``scaled`` pixels (P0, equation 1)."""
        return {"reconstruction": mean_squared_error(self.scaled(images), reconstructions)}
