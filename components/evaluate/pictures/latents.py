"""What a model's latents hold, as pictures: samples, interpolations, traversals, feature maps."""

from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA

from components.evaluate.pictures.reconstruction import LIMIT, spread
from components.face_table import FaceTable
from models.drawings.raster import draw

SAMPLES = 24
ROWS, STEPS = 4, 8  # interpolations
AXES, REACH = 5, 3.0  # traversals: principal axes of the embeddings, and deviations to either side
MAPPED, CHANNELS = 5, 8


def latent_pictures(model: Any, faces: FaceTable, embeddings: np.ndarray, random_state: int = 0) -> dict:
    """Pictures that only a model with the signature for them has; an absent one is left out.

    Args:
        model: a loaded SavedModel of ``models.export.encoder.export_encoder``.
        faces: n faces; those of the eval split are shown.
        embeddings: (n, d) float32 of all faces.
        random_state: for the samples.

    Returns:
        Of uint8: ``samples`` (24, h, w, 3), draws of N(0, I) decoded; ``interpolations`` (4, 8, h, w, 3),
        between pairs of eval faces along the straight line; ``traversals`` (5, 8, h, w, 3), from the mean
        embedding 3 deviations to either side along the principal axes; ``maps`` (5, 8, h, w), feature maps
        of eval faces, the channels that vary most, each from its lowest to its highest value, with
        ``mapped`` (5,) the faces' indices.
    """
    rows = np.array(faces.rows("eval") or faces.rows("train"), int)
    pictures: dict[str, np.ndarray] = {}
    if hasattr(model, "decode"):
        if len(rows) > 1:
            pictures["interpolations"] = decoded(model.decode, interpolations(embeddings[rows]))
        pictures["traversals"] = decoded(model.decode, traversals(embeddings))
    if hasattr(model, "sample"):
        generator = np.random.default_rng(random_state)
        draws = generator.standard_normal((1, SAMPLES, embeddings.shape[1]))
        pictures["samples"] = decoded(model.sample, draws)[0]
    if hasattr(model, "maps"):
        shown = rows[spread(len(rows), MAPPED)]
        maps = model.maps(tf.constant([faces.chips[i] for i in shown]))["maps"].numpy()
        pictures |= {"maps": strongest_maps(maps), "mapped": shown}
    return pictures


def decoded(decode: Any, latents: np.ndarray) -> np.ndarray:
    """Latents (r, s, d) to pictures uint8 (r, s, h, w, 3); strokes (s, T, 3) of a row are drawn."""
    rows = [decode(tf.constant(row, tf.float32))["reconstruction"].numpy() for row in latents]
    if rows[0].ndim == 3:
        return np.stack([[draw(strokes) for strokes in row] for row in rows])
    return np.clip(np.stack(rows) * 255 + 0.5, 0, 255).astype(np.uint8)


def interpolations(embeddings: np.ndarray) -> np.ndarray:
    """Straight lines between faces spread over embeddings (n, d): (4 at most, 8, d)."""
    ends = embeddings[spread(len(embeddings), 2 * ROWS)]
    ends = ends[: len(ends) // 2 * 2].reshape(-1, 2, embeddings.shape[1])
    shares = np.linspace(0.0, 1.0, STEPS)[None, :, None]
    return ends[:, :1] * (1 - shares) + ends[:, 1:] * shares


def traversals(embeddings: np.ndarray) -> np.ndarray:
    """Along the principal axes of embeddings (n, d), those of most variance first: (5 at most, 8, d)."""
    rows = embeddings[spread(len(embeddings), LIMIT)]
    pca = PCA(min(AXES, *rows.shape), svd_solver="randomized", random_state=0).fit(rows)
    deviations = np.sqrt(pca.explained_variance_)
    steps = np.linspace(-REACH, REACH, STEPS)
    return pca.mean_ + deviations[:, None, None] * steps[None, :, None] * pca.components_[:, None]


def strongest_maps(maps: np.ndarray) -> np.ndarray:
    """Maps (m, h, w, c) to uint8 (m, 8 at most, h, w): the channels of most variance over all, stretched."""
    channels = np.argsort(-maps.var(axis=(0, 1, 2)), kind="stable")[:CHANNELS]
    chosen = maps[..., channels].transpose(0, 3, 1, 2)
    low = chosen.min(axis=(2, 3), keepdims=True)
    span = np.maximum(chosen.max(axis=(2, 3), keepdims=True) - low, 1e-9)
    return np.round((chosen - low) / span * 255).astype(np.uint8)
