"""How far apart the lines of two drawings are."""

import numpy as np

from models.drawings.raster import corners_of, lines_of
from schemas.sketch_features import PEN_LIFTED, PEN_OVER

PLACES = 64  # along all lines of a drawing


def apart(first: np.ndarray, second: np.ndarray) -> float:
    """Mean distance from each drawing's lines to the nearest of the other's, both ways (Chamfer), in units.

    ``first`` and ``second`` (n, 3) are steps as in ``schemas.sketch_features``, drawn from the origin. The
    order of the lines does not matter.
    """
    distance = np.hypot(*(along(first)[:, None] - along(second)[None]).transpose(2, 0, 1))
    return float((distance.min(axis=0).mean() + distance.min(axis=1).mean()) / 2)


def along(strokes: np.ndarray) -> np.ndarray:
    """PLACES places spread evenly over all lines of strokes (n, 3): (PLACES, 2); the origin without steps."""
    strokes = strokes[strokes[:, 2] < (PEN_LIFTED + PEN_OVER) / 2]
    if not len(strokes):
        return np.zeros((PLACES, 2))
    lines = lines_of(corners_of(strokes), strokes[:, 2])
    starts, ends = (np.concatenate([line[part] for line in lines]) for part in (slice(-1), slice(1, None)))
    reached = np.append(0, np.hypot(*(ends - starts).T).cumsum())
    wanted = np.linspace(0, reached[-1], PLACES)
    piece = np.clip(np.searchsorted(reached, wanted, "right") - 1, 0, len(starts) - 1)
    share = (wanted - reached[piece]) / np.maximum(np.diff(reached)[piece], 1e-9)
    return np.asarray(starts[piece] + (ends - starts)[piece] * share[:, None])
