"""UMAP as a space to group in: neighbours stay neighbours, and groups that touch move apart."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from models.clustering.graphs.neighbour_graph import neighbours

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
    dimension = checked_dimension(points, what, max_dimension)
    from umap import UMAP

    umap = UMAP(
        n_neighbors=min(n_neighbors, len(points) - 1),
        n_components=dimension,
        min_dist=0.0,
        random_state=random_state,
        n_jobs=1,
    )
    return umap, np.asarray(umap.fit_transform(points), np.float64)


def umap_points(
    points: np.ndarray,
    what: str,
    max_dimension: int = DIMENSION,
    n_neighbors: int = N_NEIGHBORS,
    random_state: int = 0,
) -> np.ndarray:
    """The same points of ``umap_space`` without a map for new ones: float64 (n, dimension).

    Neighbours are searched as ``models.clustering.graphs.neighbour_graph.neighbours`` does, exactly up to
    50,000 rows, where UMAP's own search is a guess that has to be compiled in every process: of 5,000 rows
    the first call takes 13 CPU seconds by that instead of 37. Raises what ``umap_space`` raises.
    """
    dimension = checked_dimension(points, what, max_dimension)
    options = {"n_components": dimension, "min_dist": 0.0}
    return np.asarray(places_of(points, n_neighbors, random_state, **options), np.float64)


def checked_dimension(points: np.ndarray, what: str, most: int) -> int:
    """The dimension of UMAP's space of points (n, m), at most ``most``; raises what ``umap_space`` raises."""
    n = len(points)
    if n < FEWEST:
        raise ValueError(f"{what} needs at least {FEWEST} rows for UMAP, received {n}. Give more pictures.")
    require_umap(what)
    return max(1, min(most, points.shape[1], n - 3))


def places_of(points: np.ndarray, n_neighbors: int, random_state: int, **options: Any) -> np.ndarray:
    """UMAP's places of points (n, m), each of which is one of its ``n_neighbors``; ``options`` are UMAP's."""
    from umap import UMAP

    rows = np.asarray(points, np.float32)
    k = min(n_neighbors, len(rows) - 1)
    distances, indices = neighbours(rows, k - 1, random_state)
    own = np.arange(len(rows))[:, None]
    found = np.hstack([own, indices]).astype(np.int32), np.pad(distances, ((0, 0), (1, 0)))
    with warnings.catch_warnings():  # that it could map no new rows, which nobody asks for
        warnings.filterwarnings("ignore", message="precomputed_knn", category=UserWarning)
        umap = UMAP(n_neighbors=k, precomputed_knn=found, random_state=random_state, n_jobs=1, **options)
        places: np.ndarray = umap.fit_transform(rows)
    return places


def require_umap(what: str) -> None:
    """Raises ModuleNotFoundError, one line that says ``what`` needs it, where umap-learn is not installed."""
    if find_spec("umap") is None:
        raise ModuleNotFoundError(
            f"{what} needs umap-learn, which is not installed. Run: make setup EXTRAS=umap."
        )
