"""How well a model gives faces back: the one figure that models of different spaces share."""

from typing import Any

import numpy as np
import tensorflow as tf

from components.faces import FaceTable, outputs_of

SHOWN = 12
LIMIT = 2000


def reconstruct(model: Any, faces: FaceTable) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Mean squared error a split, and some pairs of pictures of the eval split.

    Args:
        model: a loaded SavedModel with ``reconstruct``.
        faces: at most 2,000 a split are used, evenly spread over it.

    Returns:
        {split: mean squared error over pixels in [0, 1]}; {"originals", "reconstructed"} uint8 (m, h, w, 3).
    """
    errors, pictures = {}, {}
    for split in ("train", "eval"):
        rows = faces.rows(split)
        rows = [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, min(len(rows), LIMIT)).astype(int))]
        if not rows:
            continue
        outputs = outputs_of(lambda chips: _errors(model, chips), [faces.chips[i] for i in rows])
        errors[split] = float(np.mean(outputs["error"]))
        spread = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SHOWN)).astype(int))
        shown = outputs_of(model.reconstruct, [faces.chips[rows[i]] for i in spread])
        pictures = {
            "originals": _uint8(shown["image"]),
            "reconstructed": _uint8(shown["reconstruction"]),
        }
    return errors, pictures


def _errors(model, chips):
    outputs = model.reconstruct(chips)
    return {"error": tf.reduce_mean((outputs["image"] - outputs["reconstruction"]) ** 2, axis=(1, 2, 3))}


def _uint8(images):
    return np.clip(np.stack(images) * 255 + 0.5, 0, 255).astype(np.uint8)
