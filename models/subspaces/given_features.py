"""What the members of a consensus start from where no autoencoder makes their features."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from keras import ops

from models.subspaces.settings import SubspaceSettings
from models.subspaces.wavelet_scattering import n_paths, scattering
from models.tensors import Tensor

N_SCALES, N_ANGLES = 2, 8
BATCH = 256
QUIET = 1e-6  # of the loudest path: what is quieter is rounding, and isn't made louder


def described(settings: SubspaceSettings) -> tuple[int, int]:
    """How many places, and numbers each place has: a pixel's colours, or the scattering's paths."""
    if settings.features == "pixels":
        return settings.side**2, settings.channels
    places = -(-settings.side // 2**N_SCALES)
    return places**2, settings.channels * n_paths(N_SCALES, N_ANGLES)


def given_features(images: Tensor, settings: SubspaceSettings, scales: Tensor) -> Tensor:
    """Pixels, or scattering over ``scales``, of images (B, side, side, channels): (B, f) float32, 0 or more.

    ``scales`` (paths,) divide each number of a place.
    """
    places, width = described(settings)
    if settings.features == "pixels":
        return ops.reshape(images, (-1, places * width))
    found = tf.reshape(scattering(images, N_SCALES, N_ANGLES), (-1, places, width))
    return tf.reshape(tf.nn.relu(found / scales), (-1, places * width))


def loudness(images: np.ndarray, settings: SubspaceSettings) -> np.ndarray:
    """The root mean square of each path of images (n, side, side, channels), not 0: (paths,) float32."""
    places, width = described(settings)
    if settings.features == "pixels":
        return np.ones(width, np.float32)
    squares = np.zeros(width)
    for rows in in_batches(images, settings, np.ones(width, np.float32)):
        squares += np.square(rows.reshape(-1, width), dtype=np.float64).sum(axis=0)
    found = np.sqrt(squares / (places * len(images)))
    return (np.maximum(found, QUIET * found.max()) + (found.max() == 0)).astype(np.float32)


def in_batches(images: np.ndarray, settings: SubspaceSettings, scales: np.ndarray) -> Iterator[np.ndarray]:
    """``given_features`` of images (n, side, side, channels), batch by batch."""
    compiled = tf.function(lambda part: given_features(part, settings, scales), reduce_retracing=True)
    for start in range(0, len(images), BATCH):
        yield np.asarray(compiled(images[start : start + BATCH]))


def all_features(images: np.ndarray, settings: SubspaceSettings, scales: np.ndarray) -> np.ndarray:
    """``given_features`` of all images (n, side, side, channels): (n, f) float32."""
    places, width = described(settings)
    out = np.empty((len(images), places * width), np.float32)
    done = 0
    for rows in in_batches(images, settings, scales):
        out[done : done + len(rows)] = rows
        done += len(rows)
    return out
