"""Flattening: a convolutional autoencoder whose bottleneck is a picture's features (P2, section 5.3.2).

The paper says one convolutional layer and a bottleneck of 500. The rest is ours: 32 filters of 3 x 3 with
stride 2, ReLU at the bottleneck, because the filter after it needs features that are not negative, and the
mirror of both as decoder.
"""

from __future__ import annotations

import numpy as np
from keras import Input, Model, initializers, layers, ops, optimizers

from models.subspaces.repeated import fresh_start, train_on

KERNEL, STRIDE = 3, 2


class Flattening:
    """One autoencoder that is fitted again and again, each time from new weights.

    Building and tracing it takes longer than an epoch of small pictures, so that its ten or hundred repeats
    share it. Pictures are (n, h, w, c) float32 in [0, 1].
    """

    def __init__(self, shape: tuple[int, int, int], n_features: int = 500, n_filters: int = 32) -> None:
        """``shape`` is (h, w, c) of the pictures."""
        half = tuple(-(-side // STRIDE) for side in shape[:2])
        pictures = Input(shape)
        convolution = layers.Conv2D(n_filters, KERNEL, STRIDE, "same", activation="relu", name="convolution")
        bottleneck = layers.Dense(n_features, activation="relu", name="bottleneck")
        features = bottleneck(layers.Flatten()(convolution(pictures)))
        unfolded = layers.Dense(half[0] * half[1] * n_filters, activation="relu")(features)
        maps = layers.Reshape((*half, n_filters))(unfolded)
        again = layers.Conv2DTranspose(shape[2], KERNEL, STRIDE, "same", activation="sigmoid")(maps)
        again = layers.Cropping2D(((0, again.shape[1] - shape[0]), (0, again.shape[2] - shape[1])))(again)
        self.encoder = Model(pictures, features, name="flattening")
        self.autoencoder = Model(pictures, again)
        self.autoencoder.compile(optimizers.Adam(1e-3), "mean_squared_error")
        self.convolution, self.bottleneck = convolution, bottleneck

    def fit(self, images: np.ndarray, seed: int, epochs: int, batch_size: int = 256) -> float:
        """Fits it to images (n, h, w, c) from new weights; returns the mean loss of the last epoch."""
        fresh_start(self.autoencoder, seed, initializers.GlorotUniform)
        return train_on(self.autoencoder, images, images, seed, epochs, batch_size)

    def features(self, images: np.ndarray, batch_size: int = 1024) -> np.ndarray:
        """The features (n, n_features) float32 of images, at least 0."""
        made = [
            ops.convert_to_numpy(self.encoder(images[start : start + batch_size], training=False))
            for start in range(0, len(images), batch_size)
        ]
        return np.concatenate(made)

    def weights(self, kept: np.ndarray) -> tuple[np.ndarray, ...]:
        """What the features ``kept`` (m,) are computed by: kernel and bias of both layers, as copies."""
        (kernel, bias), (dense, offset) = self.convolution.get_weights(), self.bottleneck.get_weights()
        return kernel, bias, dense[:, kept], offset[kept]


def flattened(images: np.ndarray, weights: tuple[np.ndarray, ...]) -> np.ndarray:
    """The features (n, m) of images by the ``weights`` of ``Flattening``; on any backend, in a graph too."""
    kernel, bias, dense, offset = weights
    maps = ops.relu(ops.conv(images, kernel, STRIDE, "same") + bias)
    flat = ops.reshape(maps, (-1, dense.shape[0]))
    return ops.relu(ops.matmul(flat, dense) + offset)
