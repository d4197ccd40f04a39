"""How similar rows are, and how similar two strangers are on average."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

STRANGERS = 200_000  # seeded pairs of faces that show how similar two strangers are


def cosines(unit: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The dot products of the rows of unit (n, d) that pairs (2, m) name: (m,)."""
    blocks = np.array_split(np.arange(pairs.shape[1]), 1 + pairs.shape[1] // 4096)
    return np.concatenate([np.einsum("ij,ij->i", unit[pairs[0, b]], unit[pairs[1, b]]) for b in blocks])


def random_cosines(unit: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """The cosines of random pairs of different rows of unit (n, d), n at least 2."""
    pairs = generator.integers(len(unit), size=(2, STRANGERS))
    return cosines(unit, pairs[:, pairs[0] != pairs[1]])


def strangers(unit: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """Centre and deviation of random pairs' cosines, from the lower half, which no relatives reach."""
    return lower_half(random_cosines(unit, generator))


def strangers_of(alike: np.ndarray, generator: np.random.Generator) -> tuple[float, float]:
    """``strangers`` by the likenesses (n, n) of all pairs, n at least 2."""
    first, second = generator.integers(len(alike), size=(2, STRANGERS))
    different = first != second
    return lower_half(alike[first[different], second[different]])


def lower_half(found: np.ndarray) -> tuple[float, float]:
    """The median of likenesses (m,), and how far below it a normal law's first deviation lies."""
    low, middle = np.quantile(found, [norm.cdf(-1), 0.5])
    return float(middle), float(middle - low)
