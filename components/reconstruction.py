"""How well a model gives faces back: the one figure that models of different spaces share."""

from typing import Any

import numpy as np
import tensorflow as tf

from components.faces import FaceTable, outputs_of
from components.raster import draw

SHOWN = 12
LIMIT = 2000


def reconstruct(model: Any, faces: FaceTable) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Mean squared error of the eval split, and some pairs of its pictures.

    Args:
        model: a loaded SavedModel with ``reconstruct``.
        faces: at most 2,000 of the eval split are used, evenly spread over it.

    Returns:
        {"eval": mean squared error over pixels in [0, 1], or what the model calls ``error``}, empty
        without eval faces;
        {"originals", "reconstructed"} uint8 (m, h, w, 3).
    """
    rows = faces.rows("eval")
    if not rows:
        empty = np.zeros((0, 1, 1, 3), np.uint8)
        return {}, {"originals": empty, "reconstructed": empty}
    requests = faces.requests(model, [rows[i] for i in spread(len(rows), LIMIT)])
    outputs = outputs_of(lambda batch: _errors(model, batch), requests)
    shown = outputs_of(model.reconstruct, [requests[i] for i in spread(len(requests), SHOWN)])
    originals, again = ("strokes", _drawn) if "strokes" in shown else ("image", _uint8)
    return {"eval": float(np.mean(outputs["error"]))}, {
        "originals": again(shown[originals]),
        "reconstructed": again(shown["reconstruction"]),
    }


def spread(n: int, most: int) -> np.ndarray:
    """At most ``most`` of the indices below n, evenly spread."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))


def _errors(model, chips):
    outputs = model.reconstruct(chips)
    if "error" in outputs:
        return {"error": outputs["error"]}
    return {"error": tf.reduce_mean((outputs["image"] - outputs["reconstruction"]) ** 2, axis=(1, 2, 3))}


def _drawn(strokes):
    return np.stack([draw(one) for one in strokes])


def _uint8(images):
    return np.clip(np.stack(images) * 255 + 0.5, 0, 255).astype(np.uint8)
