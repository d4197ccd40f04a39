"""Principal axes of blocks of a long descriptor, and softly whitened axes of all of them together."""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh

RIDGE = 3.0  # times the variance of the axis at an eighth of the rows' number, added to every variance
MOST_OF_ROWS = 0.75  # axes that are kept, at most, as a share of the rows


def principal_axes(rows: np.ndarray, dimension: int) -> np.ndarray:
    """The first principal axes of rows (n, p) float32: (p, dimension) float32, with zeros beyond n - 1."""
    centred = rows - rows.mean(axis=0)
    return filled(exact_axes(centred, min(dimension, len(rows) - 1, rows.shape[1]))[0], dimension)


def exact_axes(centred: np.ndarray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """The first principal axes of centred rows (n, p): (p, dimension), and their variances (dimension,).

    They come from the products of rows, or from those of columns where these are fewer: nothing is drawn.
    """
    few = len(centred) < centred.shape[1]
    products = centred @ centred.T if few else centred.T @ centred
    values, axes = eigh(products, subset_by_index=(len(products) - dimension, len(products) - 1))
    if few:
        axes = centred.T @ axes
        axes /= np.maximum(np.linalg.norm(axes, axis=0), np.finfo(np.float32).tiny)
    return axes[:, ::-1], np.maximum(values[::-1], 0) / len(centred)


def soft_whitening(rows: np.ndarray, dimension: int) -> tuple[np.ndarray, np.ndarray]:
    """A map after which the principal axes of rows (n, p) have nearly equal variance.

    Each axis is divided by the square root of its variance plus a ridge: small variances of few rows are
    noise, and full whitening would make them as loud as the rest.

    Args:
        rows: (n, p) float32, n >= 8.
        dimension: axes to keep; at most three for every four rows are kept, and zeros stand for the others.

    Returns:
        The map (p, dimension) and the offset (dimension,), both float32: ``rows @ map - offset`` is centred.

    Raises:
        ValueError: all rows are equal.
    """
    mean = rows.mean(axis=0)
    found = max(1, min(dimension, int(MOST_OF_ROWS * len(rows)), rows.shape[1]))
    axes, variances = exact_axes(rows - mean, found)
    ridge = RIDGE * variances[min(len(rows) // 8, found - 1)]
    if not variances[0] > 0:
        raise ValueError(
            f"All {len(rows)} descriptors are equal. Expected faces that differ. Give more photos."
        )
    scaled = filled(axes / np.sqrt(variances + ridge), dimension)
    return scaled, mean @ scaled


def filled(columns: np.ndarray, dimension: int) -> np.ndarray:
    """Columns (p, k) filled up with zeros to (p, dimension) float32."""
    missing = dimension - columns.shape[1]
    return np.pad(columns, ((0, 0), (0, missing))).astype(np.float32)
