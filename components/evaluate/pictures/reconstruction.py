"""How well a model reconstructs faces: the one figure that models with different spaces share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from components.evaluate.pictures.levels import in_levels
from components.evaluate.pictures.stroke_distance import apart
from components.face_table import FaceTable
from components.faces import outputs_of
from models.drawings.raster import draw
from schemas.samples import evenly_spread

SHOWN = 12
LIMIT = 2000


def reconstruct(model: Any, faces: FaceTable) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """How near the reconstructions of the eval split are, and some pairs of pictures.

    Args:
        model: a loaded SavedModel; without ``reconstruct`` it has nothing to show.
        faces: at most 2,000 faces of the eval split are used, evenly spread over it.

    Returns:
        The figures, which are empty without eval faces or without a decoder. "reconstruction_mse" is the mean
        squared error over pixels in [0, 1], or what the model calls ``error``. Pictures also have "psnr", the
        mean over faces in dB, and "ssim", the mean structural similarity (Wang et al. 2004, 11x11 Gaussian
        window); drawings have "lines_apart", the mean of ``stroke_distance.apart`` between each and its
        reconstruction. Then {"originals", "reconstructed"}, uint8 (m, h, w, 3).
    """
    rows = faces.rows("eval")
    if not rows or not hasattr(model, "reconstruct"):
        empty = np.zeros((0, 1, 1, 3), np.uint8)
        return {}, {"originals": empty, "reconstructed": empty}
    requests = faces.requests(model, [rows[i] for i in evenly_spread(len(rows), LIMIT)])
    outputs = outputs_of(lambda batch: _errors(model, batch), requests)
    shown = outputs_of(model.reconstruct, [requests[i] for i in evenly_spread(len(requests), SHOWN)])
    originals, again = ("strokes", _drawn) if "strokes" in shown else ("image", _uint8)
    pictures = {"originals": again(shown[originals]), "reconstructed": again(shown["reconstruction"])}
    return {name: float(np.mean(values)) for name, values in outputs.items()}, pictures


def _errors(model: Any, chips: tf.Tensor) -> dict[str, tf.Tensor]:
    outputs = model.reconstruct(chips)
    if "error" in outputs:
        pairs = zip(outputs["strokes"].numpy(), outputs["reconstruction"].numpy(), strict=True)
        return {
            "reconstruction_mse": outputs["error"],
            "lines_apart": tf.constant([apart(*pair) for pair in pairs]),
        }
    pair = outputs["image"], outputs["reconstruction"]
    return {
        "reconstruction_mse": tf.reduce_mean((pair[0] - pair[1]) ** 2, axis=(1, 2, 3)),
        # An error of 0 would be infinitely many dB: 100 stands for all below 1e-10.
        "psnr": tf.minimum(tf.image.psnr(*pair, max_val=1.0), 100.0),
        "ssim": tf.image.ssim(*pair, max_val=1.0),
    }


def _drawn(strokes: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack([draw(one) for one in strokes])


def _uint8(images: Sequence[np.ndarray]) -> np.ndarray:
    return in_levels(np.stack(images))
