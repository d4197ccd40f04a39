"""Pictures of what a model's latents hold: samples, interpolations, traversals, feature maps."""

from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA

from components.evaluate.pictures.levels import in_levels
from components.evaluate.pictures.reconstruction import LIMIT
from components.face_table import FaceTable
from models.drawings.raster import draw
from schemas.samples import evenly_spread

SAMPLES = 24
ROWS, STEPS = 4, 8  # interpolations
AXES, REACH = 5, 3.0  # traversals: principal axes of the embeddings, and deviations to either side
MAPPED, CHANNELS = 5, 8


def latent_pictures(
    model: Any, faces: FaceTable, embeddings: np.ndarray, random_state: int = 0
) -> dict[str, np.ndarray]:
    """The pictures that the model has signatures for; all others are left out.

    Args:
        model: a loaded SavedModel of ``models.export.encoder.export_encoder``.
        faces: n faces; those of the eval split are shown.
        embeddings: (n, d) float32 of all faces.
        random_state: for the samples.

    Returns:
        Arrays of uint8: ``samples`` (24, h, w, 3), decoded draws of N(0, I); ``interpolations``
        (4, 8, h, w, 3), along straight lines between pairs of eval faces; ``traversals`` (5, 8, h, w, 3),
        along the principal axes from the mean embedding to 3 deviations on either side; ``maps``
        (5, 8, h, w), the feature maps of eval faces that vary most, each scaled from its lowest to its
        highest value. ``mapped`` (5,) are the indices of the faces with maps.
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
        shown = rows[evenly_spread(len(rows), MAPPED)]
        maps = model.maps(tf.constant([faces.chips[i] for i in shown]))["maps"].numpy()
        pictures |= {"maps": strongest_maps(maps), "mapped": shown}
    return pictures


def decoded(decode: Any, latents: np.ndarray) -> np.ndarray:
    """Decodes latents (r, s, d) to pictures uint8 (r, s, h, w, 3); strokes are drawn."""
    rows = [decode(tf.constant(row, tf.float32))["reconstruction"].numpy() for row in latents]
    if rows[0].ndim == 3:
        return np.stack([[draw(strokes) for strokes in row] for row in rows])
    return in_levels(np.stack(rows))


def interpolations(embeddings: np.ndarray) -> np.ndarray:
    """Straight lines between faces spread over embeddings (n, d): (at most 4, 8, d)."""
    ends = embeddings[evenly_spread(len(embeddings), 2 * ROWS)]
    ends = ends[: len(ends) // 2 * 2].reshape(-1, 2, embeddings.shape[1])
    shares = np.linspace(0.0, 1.0, STEPS)[None, :, None]
    return np.asarray(ends[:, :1] * (1 - shares) + ends[:, 1:] * shares)


def traversals(embeddings: np.ndarray) -> np.ndarray:
    """Steps along the principal axes of embeddings (n, d), most variance first: (at most 5, 8, d)."""
    rows = embeddings[evenly_spread(len(embeddings), LIMIT)]
    pca = PCA(min(AXES, *rows.shape), svd_solver="randomized", random_state=0).fit(rows)
    deviations = np.sqrt(pca.explained_variance_)
    steps = np.linspace(-REACH, REACH, STEPS)
    return np.asarray(pca.mean_ + deviations[:, None, None] * steps[None, :, None] * pca.components_[:, None])


def strongest_maps(maps: np.ndarray) -> np.ndarray:
    """The channels of maps (m, h, w, c) that vary most, each stretched: uint8 (m, at most 8, h, w)."""
    channels = np.argsort(-maps.var(axis=(0, 1, 2)), kind="stable")[:CHANNELS]
    chosen = maps[..., channels].transpose(0, 3, 1, 2)
    low = chosen.min(axis=(2, 3), keepdims=True)
    span = np.maximum(chosen.max(axis=(2, 3), keepdims=True) - low, 1e-9)
    return np.asarray(np.round((chosen - low) / span * 255).astype(np.uint8))
