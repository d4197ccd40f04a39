"""How alike rows are, and how alike two strangers are on average."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

STRANGERS = 200_000  # seeded pairs of faces that tell how alike two strangers are


def cosines(unit: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Dot products of the rows that pairs (2, m) name: (m,)."""
    blocks = np.array_split(np.arange(pairs.shape[1]), 1 + pairs.shape[1] // 4096)
    return np.concatenate([np.einsum("ij,ij->i", unit[pairs[0, b]], unit[pairs[1, b]]) for b in blocks])


def strangers(unit: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """Centre and deviation of the cosines of random pairs, by their lower half, which no relatives reach."""
    pairs = generator.integers(len(unit), size=(2, STRANGERS))
    low, middle = np.quantile(cosines(unit, pairs[:, pairs[0] != pairs[1]]), [norm.cdf(-1), 0.5])
    return float(middle), float(middle - low)
