"""From a network's numbers to pictures that can be shown."""

from __future__ import annotations

import numpy as np


def in_levels(images: np.ndarray) -> np.ndarray:
    """Images (..., h, w, 1 or 3) in [0, 1] as RGB uint8 (..., h, w, 3); grey ones have equal channels."""
    levels = np.clip(images * 255 + 0.5, 0, 255).astype(np.uint8)
    return np.repeat(levels, 3, axis=-1) if levels.shape[-1] == 1 else levels
