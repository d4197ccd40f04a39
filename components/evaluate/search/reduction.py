"""The space that is clustered in: the embedding itself, its principal axes, or UMAP or t-SNE of these."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from components.evaluate.search.projection import FEWEST, tsne
from components.evaluate.search.reductions import MAX_DIMENSION, REDUCTIONS
from models.clustering.rows import checked
from models.subspaces.umap_space import DIMENSION, umap_space
from models.subspaces.umap_space import FEWEST as FEWEST_OF_UMAP
from schemas.entry import entry_of
from schemas.samples import batches_of

ROWS_PER_DIMENSION = 10  # least number of faces for each dimension
TRUSTED_ROWS = 2000  # trustworthiness compares all distances: of more rows a seeded sample is taken
BLOCK = 2**23  # numbers that are mapped at a time, 64 MB in float64
MAX_ROWS = 5000  # the axes are found from at most so many faces, a seeded sample of more


@dataclass(frozen=True)
class Space:
    """The space that a clusterer was fitted in. Criteria from two different spaces cannot be compared."""

    name: str  # "pca(128->37)", "whitened_pca(128->37)", "embedding(16)", "umap(37->10)", "tsne(37->2)"
    dimension: int
    n: int
    kept_variance: float  # share, 0 to 1, of the principal axes
    trustworthiness: float | None = None  # 0 to 1, against the embedding (Venna and Kaski 2001)
    servable: bool = True  # whether the served graph can map new points to it


@dataclass(frozen=True)
class Reduction:
    """A map to the clusterer's space: ``(x - mean) @ projection``, and then ``manifold``, if there is one.

    mean (d,) and projection (d, m) are float64, and all that a served graph needs; whitening is part of the
    projection. ``n_fitted`` is the number of rows that the axes were found from, and ``pca`` the fitted
    scikit-learn PCA, or None if the embedding was left as it is. ``manifold`` is a fitted UMAP or an openTSNE
    embedding with ``transform``. No graph can hold it, so that such a space cannot be served.
    """

    mean: np.ndarray
    projection: np.ndarray
    space: Space
    n_fitted: int
    pca: PCA | None
    manifold: Any = None

    def linear(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, d) on the axes, before the manifold: float64 (n, m)."""
        x = np.asarray(embeddings)
        if x.ndim != 2 or x.shape[1] != len(self.mean):
            raise ValueError(f"Expected embeddings of shape (n, {len(self.mean)}), received {x.shape}.")
        points = np.empty((len(x), self.projection.shape[1]))
        for part in batches_of(len(x), max(1, BLOCK // x.shape[1])):
            points[part] = (x[part].astype(np.float64) - self.mean) @ self.projection
        return points

    def transform(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, d) in the clusterer's space: float64 (n, space.dimension)."""
        points = self.linear(embeddings)
        if self.manifold is None:
            return points
        return np.asarray(self.manifold.transform(points), np.float64)


def fit_reduction(
    embeddings: np.ndarray,
    pca_variance: float | None = 0.95,
    max_dimension: int = MAX_DIMENSION,
    whiten: bool = False,
    random_state: int | None = 0,
    rows_per_dimension: int = ROWS_PER_DIMENSION,
) -> Reduction:
    """Fits the map to the clusterer's space on embeddings (n, d), n >= 2.

    It keeps as few principal axes as hold the share ``pca_variance`` of the variance, at most
    ``max_dimension`` and at most one for every ``rows_per_dimension`` rows. Embeddings that are within both
    limits already are only centred, unless ``whiten``; so are all embeddings if ``pca_variance`` is None.
    Raises ValueError on fewer than 2 rows, on NaN or infinity, and if all rows are equal.
    """
    if pca_variance is not None and not 0 < pca_variance <= 1:
        raise ValueError(f"pca_variance must be above 0 and at most 1, or None; received {pca_variance}.")
    x = checked(embeddings, None)
    n, d = x.shape
    if n < 2:
        raise ValueError("Clustering needs at least 2 embeddings, received 1. Give more photos with a face.")
    if not np.ptp(x, axis=0).any():
        raise ValueError(
            f"All {n} embeddings are equal: the encoder has collapsed to a point. Train it for more epochs, "
            "or lower its learning rate."
        )
    limit = max(1, min(max_dimension, n // rows_per_dimension))
    if pca_variance is None or (d <= limit and not whiten):
        space = Space(f"embedding({d})", d, n, 1.0)
        return Reduction(np.asarray(x, np.float64).mean(axis=0), np.eye(d), space, n, None)
    return _fit_pca(x, pca_variance, min(limit, d), whiten, random_state)


def _fit_pca(
    x: np.ndarray, pca_variance: float, limit: int, whiten: bool, random_state: int | None
) -> Reduction:
    n, d = x.shape
    rows = x
    if n > MAX_ROWS:
        rows = x[np.sort(np.random.default_rng(random_state).choice(n, MAX_ROWS, replace=False))]
    rows = np.array(rows, np.float64)  # a copy, which the fit centres in place
    limit = min(limit, len(rows) - 1) if len(rows) > 2 else 1
    solver = "randomized" if min(rows.shape) > 10 * limit else "full"
    pca = PCA(limit, svd_solver=solver, whiten=whiten, random_state=random_state, copy=False).fit(rows)
    shares = np.cumsum(pca.explained_variance_ratio_)
    m = min(int(np.searchsorted(shares, pca_variance - 1e-9)) + 1, limit)
    scale = np.sqrt(np.maximum(pca.explained_variance_[:m], 1e-12)) if whiten else np.ones(m)
    name = f"{'whitened_' if whiten else ''}pca({d}->{m})"
    space = Space(name, m, n, min(float(shares[m - 1]), 1.0))
    projection = np.asarray(pca.components_[:m].T / scale, np.float64)
    return Reduction(np.asarray(pca.mean_, np.float64), projection, space, len(rows), pca)


def reduce(
    embeddings: np.ndarray,
    method: str,
    pca_variance: float | None,
    max_dimension: int,
    whiten: bool,
    random_state: int | None,
) -> tuple[Reduction, np.ndarray]:
    """The reduction by name, fitted on embeddings (n, d), and these in its space: float64 (n, dimension).

    "pca" is ``fit_reduction``, "none" only centres, and "uncentred" changes nothing. "umap" (McInnes, Healy
    and Melville 2018, at most 10 dimensions) and "tsne" (van der Maaten and Hinton 2008, 2 dimensions) start
    from the principal axes. The space has its trustworthiness.
    Raises ValueError on an unknown name, and ImportError without umap-learn.
    """
    entry = entry_of(REDUCTIONS, method, "reduction", "components/evaluate/search/reductions.py")
    share = pca_variance if entry.axes else None
    found = fit_reduction(embeddings, share, max_dimension, whiten and entry.axes, random_state)
    if not entry.centred:
        space = replace(found.space, name=f"uncentred({len(found.mean)})")
        found = replace(found, mean=np.zeros_like(found.mean), space=space)
    points = found.linear(embeddings)
    if entry.manifold is not None:
        manifold, folded = entry.manifold.load()(points, max_dimension, random_state)
        name = f"{method}({points.shape[1]}->{folded.shape[1]})"
        space = replace(found.space, name=name, dimension=folded.shape[1], servable=False)
        found, points = replace(found, manifold=manifold, space=space), folded
    trusted = trust(embeddings, points, random_state)
    return replace(found, space=replace(found.space, trustworthiness=trusted)), points


def fit_umap(points: np.ndarray, max_dimension: int, random_state: int | None) -> tuple[Any, np.ndarray]:
    """Fits UMAP on points (n, m), n >= 4, to at most 10 dimensions; returns the map, and the points in it."""
    n = len(points)
    if n < FEWEST_OF_UMAP:
        raise ValueError(f"UMAP needs at least 4 rows, received {n}. Give more photos, or reduction=pca.")
    return umap_space(points, "reduction=umap", min(DIMENSION, max_dimension), random_state=random_state)


def fit_tsne(points: np.ndarray, max_dimension: int, random_state: int | None) -> tuple[Any, np.ndarray]:
    """Fits t-SNE on points (n, m), n >= 8, to 2 dimensions; returns openTSNE's embedding and its points."""
    n = len(points)
    if n < FEWEST:
        raise ValueError(f"t-SNE needs at least 8 rows, received {n}. Give more photos, or reduction=pca.")
    if points.shape[1] < 2:
        raise ValueError(
            f"t-SNE needs two principal axes, and {ROWS_PER_DIMENSION} faces make one. Expected "
            f"{2 * ROWS_PER_DIMENSION} faces to fit on, received {n}. Give more photos, or reduction=pca."
        )
    embedding = tsne(points, min(30.0, (n - 1) / 3), random_state or 0)
    return embedding, np.asarray(embedding, np.float64)


def trust(x: np.ndarray, points: np.ndarray, random_state: int | None) -> float | None:
    """Trustworthiness of points (n, m) for x (n, d) over 10 neighbours, on at most 2,000 seeded rows.

    It is 1 if every neighbour among the points is one in x too, and None for fewer than 3 rows.
    """
    if len(x) > TRUSTED_ROWS:
        chosen = np.sort(np.random.default_rng(random_state).choice(len(x), TRUSTED_ROWS, replace=False))
        x, points = x[chosen], points[chosen]
    x = np.asarray(x, np.float64)
    neighbors = min(10, (len(x) - 1) // 2)
    return float(trustworthiness(x, points, n_neighbors=neighbors)) if neighbors >= 1 else None
