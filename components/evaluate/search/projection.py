"""A picture of embeddings in two dimensions by t-SNE or UMAP. It is only for looking at."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from models.clustering.graphs.neighbour_graph import finite_rows, nearest, neighbours
from models.subspaces.umap_space import places_of

MAX_ROWS = 3000
MAX_DIMENSION = 50
INTERPOLATED = 10_000  # from so many rows on the repulsion is interpolated on a grid, not summed over a tree
FEWEST = 8  # with fewer rows t-SNE has no neighbourhoods to keep, and PCA is shown instead
UMAP_NEIGHBOURS = 15  # a row itself is one
UMAP_EPOCHS = 200
GRID_STEP = 2.0  # of the interpolation: 1, openTSNE's, takes twice the time and ends no lower
EXAGGERATION = 12.0
# Method, exaggerated iterations, iterations, momentum. On the grid momentum 0.95 comes in 250 iterations to
# where the usual 0.8 comes in 750, see benchmarks/tsne.py; on a few hundred rows it stops at a worse place.
TREE = ("bh", 250, 750, 0.8)
GRID = ("fft", 125, 250, 0.95)


@dataclass(frozen=True)
class Projection:
    """Points (m, 2) float32 of the rows ``indices`` (m,); method "tsne" or "pca", perplexity for t-SNE."""

    points: np.ndarray
    indices: np.ndarray
    method: str
    perplexity: float | None


class NeighbourIndex:
    """The search for k neighbours among rows (n, d), with the methods that openTSNE calls."""

    def __init__(self, rows: np.ndarray, k: int, random_state: int) -> None:
        self.rows, self.k, self.random_state = rows, k, random_state
        self.n_samples = len(rows)

    def build(self) -> tuple[np.ndarray, np.ndarray]:
        """Indices and distances (n, k) of each row's neighbours."""
        distances, indices = neighbours(self.rows, self.k, self.random_state)
        return indices, distances

    def query(self, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Indices and distances (m, k) of the rows nearest to query (m, d)."""
        distances, indices = nearest(self.rows, query, k, self.random_state)
        return indices, distances


def project(x: np.ndarray, random_state: int = 0, max_rows: int = MAX_ROWS) -> Projection:
    """A two-dimensional picture of rows x (n, d), n >= 1: PCA to at most 50 dimensions, then t-SNE.

    Above ``max_rows`` a seeded sample is shown. Perplexity is 30, and (n - 1) / 3 for fewer than 91 rows.
    Fewer than 8 rows, or rows that do not differ, are shown by PCA. Nothing may be fitted on the points that
    is to be served. The same rows give the same points. Raises ValueError on NaN or infinity.
    """
    x = finite_rows(x)
    indices = np.arange(len(x))
    if len(x) > max_rows:
        indices = np.sort(np.random.default_rng(random_state).choice(len(x), max_rows, replace=False))
    axes = _axes(x[indices], random_state)
    rows = _reduced(axes, x[indices])
    if len(rows) < FEWEST or axes is None:
        return Projection(rows[:, :2].astype(np.float32), indices, "pca", None)
    perplexity = min(30.0, (len(rows) - 1) / 3)
    embedding = tsne(rows, perplexity, random_state)
    return Projection(np.asarray(embedding, np.float32), indices, "tsne", perplexity)


def lay_out(x: np.ndarray, random_state: int = 0) -> tuple[np.ndarray, str]:
    """Places (n, 2) float32 of rows x (n, d), n >= 1, on a map by UMAP, and the method that was taken.

    UMAP (McInnes, Healy and Melville 2018) of 15 neighbours, from PCA to at most 50 dimensions;
    "tsne" where umap-learn is not installed, and "pca" where ``project`` takes it. The same rows give the
    same places. Raises ValueError on NaN or infinity.
    """
    x = finite_rows(x)
    axes = _axes(x, random_state)
    if axes is None or len(x) < FEWEST or not has_umap():
        shown = project(x, random_state, len(x))
        return shown.points, shown.method
    return umap_places(_reduced(axes, x), random_state), "umap"


def umap_places(rows: np.ndarray, random_state: int = 0) -> np.ndarray:
    """UMAP's places (n, 2) float32 of rows (n, d), n >= 8, each with its 14 nearest others as neighbours.

    The neighbours are searched here, because UMAP's own search has to be compiled in every process, and the
    passes are as many as UMAP makes from 10,000 rows on. A first map of 5,000 digits takes 9 CPU seconds by
    that instead of 40, the next one 2; with 500 passes it is trusted no more (0.960 against 0.959).
    """
    found = places_of(rows, UMAP_NEIGHBOURS, random_state, n_epochs=UMAP_EPOCHS)
    return np.asarray(found, np.float32)


def has_umap() -> bool:
    """Whether umap-learn, an extra, is installed."""
    return importlib.util.find_spec("umap") is not None


def tsne(rows: np.ndarray, perplexity: float, random_state: int = 0, n_iter: int | None = None) -> Any:
    """openTSNE's embedding (n, 2) of rows (n, d) that differ, n >= 8; n_iter replaces the usual number.

    t-SNE (van der Maaten and Hinton, JMLR 9, 2008) from the first two principal axes, with the learning rate
    n / exaggeration (Belkina et al., Nature Communications 10, 2019). The repulsion is summed over a tree
    (Barnes-Hut), and from 10,000 rows on interpolated on a grid (FIt-SNE: Linderman et al., Nature Methods
    16, 2019). It uses one thread: a second one saved no time, and would sum in another order.
    """
    from openTSNE import TSNEEmbedding, affinity, initialization

    method, exaggerated, usual, momentum = GRID if len(rows) >= INTERPOLATED else TREE
    k = min(len(rows) - 1, int(np.ceil(3 * perplexity)))
    index = NeighbourIndex(np.asarray(rows, np.float32), k, random_state)
    embedding = TSNEEmbedding(
        initialization.pca(rows, random_state=random_state),
        affinity.PerplexityBasedNN(perplexity=perplexity, knn_index=index, random_state=random_state),
        negative_gradient_method=method,
        ints_in_interval=GRID_STEP,
        random_state=random_state,
        n_jobs=1,
    )
    embedding = embedding.optimize(exaggerated, exaggeration=EXAGGERATION)
    return embedding.optimize(usual if n_iter is None else n_iter, momentum=momentum)


def _axes(rows: np.ndarray, random_state: int) -> PCA | None:
    """The first principal axes of rows (n, d), at most 50; None if the rows do not differ."""
    if len(rows) < 2 or not np.ptp(rows, axis=0).any():
        return None
    return PCA(min(MAX_DIMENSION, *rows.shape), random_state=random_state).fit(rows)


def _reduced(axes: PCA | None, rows: np.ndarray) -> np.ndarray:
    """The rows on the axes, with at least two columns; missing ones are 0."""
    rows = np.zeros((len(rows), 2)) if axes is None else axes.transform(rows)
    return np.pad(rows, ((0, 0), (0, max(0, 2 - rows.shape[1]))))
