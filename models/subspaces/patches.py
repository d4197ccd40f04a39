"""Patches of small pictures, whitened, and how near they are to centroids of such patches.

Coates, Ng and Lee, "An analysis of single-layer networks in unsupervised feature learning" (AISTATS 2011),
sections 3.1 and 3.2, and Coates and Ng's "The importance of encoding versus training" of that year.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from sklearn.cluster import KMeans

from models.tensors import Tensor

CONTRAST = 10 / 255**2  # added to a patch's variance; the paper's 10 is of grey levels up to 255
WHITENING = 0.1  # added to the variance of each axis, the paper's
ROUNDS = 30  # of k-means at most; the centroids only have to cover the patches


@dataclass(frozen=True)
class Centroids:
    """``mean`` (d,), ``whitening`` (d, d) and ``centroids`` (k, d) float32 of patches of d numbers."""

    mean: np.ndarray
    whitening: np.ndarray
    centroids: np.ndarray


def patches_of(images: Tensor, patch: int) -> Tensor:
    """All patches of images (B, h, w, c), each with mean 0 and nearly variance 1: (B, h', w', patch^2 c)."""
    sizes = [1, patch, patch, 1]
    found = tf.image.extract_patches(images, sizes, [1, 1, 1, 1], [1, 1, 1, 1], "VALID")
    mean, variance = tf.nn.moments(found, axes=[-1], keepdims=True)
    return (found - mean) / tf.sqrt(variance + CONTRAST)


def learn_centroids(patches: np.ndarray, n_centroids: int, seed: int) -> Centroids:
    """Whitening and k-means of patches (n, d) float32, more of them than centroids."""
    mean = patches.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh(np.cov(patches, rowvar=False, dtype=np.float64))
    whitening = (axes / np.sqrt(np.maximum(values, 0) + WHITENING)) @ axes.T
    white = ((patches - mean) @ whitening).astype(np.float32)
    means = KMeans(n_centroids, n_init=1, max_iter=ROUNDS, random_state=seed).fit(white)
    parts = (mean, whitening, means.cluster_centers_)
    return Centroids(*(np.asarray(part, np.float32) for part in parts))


def nearness(patches: Tensor, mean: Tensor, whitening: Tensor, centroids: Tensor) -> Tensor:
    """By how much each centroid is nearer than all are on average, 0 where it isn't: (B, h', w', k) float32.

    "Triangle" k-means, equation 3, of patches (B, h', w', d); the other arguments are those of ``Centroids``.
    """
    white = tf.tensordot(patches - mean, whitening, 1)
    squares = tf.reduce_sum(white**2, axis=-1, keepdims=True) + tf.reduce_sum(centroids**2, axis=1)
    products = tf.tensordot(white, tf.transpose(centroids), 1)
    distances = tf.sqrt(tf.maximum(squares - 2 * products, 0))
    return tf.nn.relu(tf.reduce_mean(distances, axis=-1, keepdims=True) - distances)


def quadrants(maps: Tensor) -> Tensor:
    """The means of maps (B, h', w', k) over their four quadrants: (B, 4 k); a middle line counts below it."""
    down, across = maps.shape[1] // 2, maps.shape[2] // 2
    halves = maps[:, :down], maps[:, down:]
    quarters = [part for half in halves for part in (half[:, :, :across], half[:, :, across:])]
    return tf.concat([tf.reduce_mean(quarter, axis=(1, 2)) for quarter in quarters], axis=1)
