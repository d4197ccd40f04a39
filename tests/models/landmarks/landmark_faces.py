"""Drawn faces whose 68 points are dots."""

import functools

import numpy as np

from schemas.landmarks import MIRRORED, N_POINTS


def layout():
    """68 points in rows, a pair that mirrors each other in each row: (68, 2), symmetric in the chip."""
    points = np.empty((N_POINTS, 2))
    pairs = sorted({tuple(sorted((i, MIRRORED[i]))) for i in range(N_POINTS)})
    for row, (first, second) in enumerate(pairs):
        away = 0 if first == second else 12 + 9 * (row % 6)
        points[first] = 95.5 - away, 24 + 4 * row
        points[second] = 95.5 + away, 24 + 4 * row
    return points


@functools.cache
def landmark_faces(n, seed):
    """Chips (n, 192, 192) uint8 with a dot at each point, and the points (n, 68, 2) float32."""
    generator = np.random.default_rng(seed)
    stretch = 1 + generator.uniform(-0.12, 0.12, (n, 1, 2))
    bent = generator.uniform(-10, 10, (n, 1, 1)) * np.sin(layout()[:, 1:] / 40)
    points = (layout() - 95.5) * stretch + 95.5 + generator.uniform(-5, 5, (n, 1, 2))
    points[..., :1] += bent
    points += generator.normal(0, 0.7, points.shape)
    along = np.arange(192)
    dots = np.exp(-np.square(along - points[..., None]) / 18)
    drawn = np.einsum("npj,npi->nij", dots[:, :, 0], dots[:, :, 1])
    noise = generator.normal(0, 8, drawn.shape)
    return np.clip(200 - 150 * np.minimum(drawn, 1) + noise, 0, 255).astype(np.uint8), points.astype(
        np.float32
    )
