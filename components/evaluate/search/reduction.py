"""The space that is clustered in: the embedding itself, its principal axes, UMAP or t-SNE of those."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import trustworthiness

from components.evaluate.search.projection import FEWEST, tsne
from models.clustering.rows import checked

ROWS_PER_DIMENSION = 10  # faces that a dimension must be backed by
MAX_DIMENSION = 64
REDUCTIONS = ("pca", "none", "umap", "tsne")
UMAP_DIMENSION = 10
TRUSTED_ROWS = 2000  # trustworthiness compares all distances: a seeded sample beyond
MAX_ROWS = 5000  # faces that the axes are found from; beyond, a seeded sample


@dataclass(frozen=True)
class Space:
    """Where a clusterer was fitted: criteria from two different spaces cannot be compared."""

    name: str  # "pca(128->37)", "whitened_pca(128->37)", "embedding(16)", "umap(37->10)", "tsne(37->2)"
    dimension: int
    n: int
    kept_variance: float  # share, 0 to 1, of the principal axes
    trustworthiness: float | None = None  # 0 to 1, against the embedding (Venna and Kaski 2001)
    servable: bool = True  # whether the served graph can map new points to it


@dataclass(frozen=True)
class Reduction:
    """A map to the clusterer's space: ``(x - mean) @ projection``, and ``manifold`` after it, if any.

    mean (d,) and projection (d, m) are float64 and all that a served graph needs; whitening, if any, is in
    the projection. ``n_fitted`` is the number of rows the axes were found from, ``pca`` the fitted
    scikit-learn PCA, or None where the embedding was left as it is. ``manifold`` is a fitted UMAP or an
    openTSNE embedding with ``transform``: no graph can hold it, so that the space is refused for serving.
    """

    mean: np.ndarray
    projection: np.ndarray
    space: Space
    n_fitted: int
    pca: PCA | None
    manifold: Any = None

    def linear(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, d) on the axes, before the manifold: float64 (n, m)."""
        x = np.array(embeddings, np.float64)  # a copy, centred in place
        if x.ndim != 2 or x.shape[1] != len(self.mean):
            raise ValueError(f"Expected embeddings of shape (n, {len(self.mean)}), received {x.shape}.")
        x -= self.mean
        return x @ self.projection

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
    """Fit the map to the clusterer's space on embeddings (n, d), n >= 2.

    Keeps as few principal axes as hold the share ``pca_variance`` of the variance, at most
    ``max_dimension`` and at most one for every ``rows_per_dimension`` rows. Embeddings that meet both limits
    as they are, and all where ``pca_variance`` is None, are centred only (unless ``whiten``). Raises
    ValueError on fewer than 2 rows, on NaN or infinity, and where no row differs from another.
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

    "pca": ``fit_reduction``; "none": centred only; "umap" (McInnes, Healy and Melville 2018, at most 10
    dimensions) and "tsne" (van der Maaten and Hinton 2008, 2 dimensions): of the principal axes. The space
    tells its trustworthiness. Raises ValueError on an unknown name, and ImportError without umap-learn.
    """
    if method not in REDUCTIONS:
        raise ValueError(f"Unknown reduction {method!r}. Expected one of: {', '.join(REDUCTIONS)}.")
    share = None if method == "none" else pca_variance
    found = fit_reduction(embeddings, share, max_dimension, whiten and method != "none", random_state)
    points = found.linear(embeddings)
    if method in ("umap", "tsne"):
        fit = fit_umap if method == "umap" else fit_tsne
        manifold, folded = fit(points, max_dimension, random_state)
        name = f"{method}({points.shape[1]}->{folded.shape[1]})"
        space = replace(found.space, name=name, dimension=folded.shape[1], servable=False)
        found, points = replace(found, manifold=manifold, space=space), folded
    trusted = trust(np.asarray(embeddings, np.float64), points, random_state)
    return replace(found, space=replace(found.space, trustworthiness=trusted)), points


def fit_umap(points: np.ndarray, max_dimension: int, random_state: int | None) -> tuple[Any, np.ndarray]:
    """UMAP of points (n, m), n >= 4, to at most 10 dimensions: the fitted map, and the points in it."""
    try:
        from umap import UMAP
    except ImportError as error:
        raise ImportError(
            "reduction=umap needs umap-learn, which is not installed. Run: make setup EXTRAS=umap."
        ) from error
    n = len(points)
    if n < 4:
        raise ValueError(f"UMAP needs at least 4 rows, received {n}. Give more photos, or reduction=pca.")
    dimension = max(1, min(UMAP_DIMENSION, max_dimension, points.shape[1], n - 3))
    umap = UMAP(
        n_neighbors=min(15, n - 1), n_components=dimension, min_dist=0.0, random_state=random_state, n_jobs=1
    )
    return umap, np.asarray(umap.fit_transform(points), np.float64)


def fit_tsne(points: np.ndarray, max_dimension: int, random_state: int | None) -> tuple[Any, np.ndarray]:
    """t-SNE of points (n, m), n >= 8, to 2 dimensions: openTSNE's embedding, and the points in it."""
    n = len(points)
    if n < FEWEST:
        raise ValueError(f"t-SNE needs at least 8 rows, received {n}. Give more photos, or reduction=pca.")
    embedding = tsne(points, min(30.0, (n - 1) / 3), random_state or 0)
    return embedding, np.asarray(embedding, np.float64)


def trust(x: np.ndarray, points: np.ndarray, random_state: int | None) -> float | None:
    """Trustworthiness of points (n, m) for x (n, d) over 10 neighbours, on at most 2,000 seeded rows.

    None for fewer than 4 rows. 1: every neighbour in the points is one in x too.
    """
    if len(x) > TRUSTED_ROWS:
        chosen = np.sort(np.random.default_rng(random_state).choice(len(x), TRUSTED_ROWS, replace=False))
        x, points = x[chosen], points[chosen]
    neighbors = min(10, (len(x) - 1) // 2)
    return float(trustworthiness(x, points, n_neighbors=neighbors)) if neighbors >= 1 else None
