"""UMAP as a space to group in: neighbours stay neighbours, and groups that touch move apart."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

N_NEIGHBORS = 15
DIMENSION = 10
FEWEST = 4


def umap_space(
    points: np.ndarray,
    what: str,
    max_dimension: int = DIMENSION,
    n_neighbors: int = N_NEIGHBORS,
    random_state: int | None = None,
) -> tuple[Any, np.ndarray]:
    """Fits UMAP on points (n, m), n >= 4; returns the map, and the points in it, float64 (n, dimension).

    McInnes, Healy and Melville, "UMAP: uniform manifold approximation and projection" (2018), with a least
    distance of 0, as for grouping. The dimension is ``max_dimension``, or m or n - 3 if that is less.

    Raises ValueError on fewer points, and ModuleNotFoundError without umap-learn; both begin with ``what``
    needs it.
    """
    n = len(points)
    if n < FEWEST:
        raise ValueError(f"{what} needs at least {FEWEST} rows for UMAP, received {n}. Give more pictures.")
    require_umap(what)
    from umap import UMAP

    dimension = max(1, min(max_dimension, points.shape[1], n - 3))
    umap = UMAP(
        n_neighbors=min(n_neighbors, n - 1),
        n_components=dimension,
        min_dist=0.0,
        random_state=random_state,
        n_jobs=1,
    )
    return umap, np.asarray(umap.fit_transform(points), np.float64)


def require_umap(what: str) -> None:
    """Raises ModuleNotFoundError, one line that says ``what`` needs it, where umap-learn is not installed."""
    if find_spec("umap") is None:
        raise ModuleNotFoundError(
            f"{what} needs umap-learn, which is not installed. Run: make setup EXTRAS=umap."
        )
