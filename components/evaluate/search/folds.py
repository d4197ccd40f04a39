"""The rows that candidates are judged on, whole and in folds, and what all candidates of a fold share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import KFold

from components.evaluate.search.criteria import Kind
from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage.hierarchy import linkage_tree
from models.clustering.linkage.ward import cut
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rows import Rows, group_means
from models.clustering.spectral import spectral_coordinates
from models.devices.threads import in_threads

N_FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """Rows to fit on, and rows to score (m, d); ``made`` keeps what several candidates need.

    A fold belongs to one thread at a time.
    """

    fitted: Rows
    scored: np.ndarray
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def shared(self) -> SharedRows:
        """The fitted rows with what all mixtures on them share, made once."""
        if "shared" not in self.made:
            self.made["shared"] = SharedRows(self.fitted.x)
        return self.made["shared"]

    def tree(self, linkage: str) -> np.ndarray:
        """The tree of merges of the fitted rows, made once."""
        if linkage not in self.made:
            self.made[linkage] = linkage_tree(self.fitted.x, linkage)
        return self.made[linkage]

    def start(self, n_clusters: int) -> np.ndarray:
        """Means (k, d) of Ward's groups: the same start for every clusterer."""
        return group_means(self.fitted.x, cut(self.tree("ward"), n_clusters))

    def coordinates(self, n_clusters: int, random_state: int) -> np.ndarray:
        """Spectral coordinates of at least ``n_clusters`` columns, made anew only for more."""
        have = self.made.get("spectral")
        if have is None or have.shape[1] < n_clusters:
            have = spectral_coordinates(self.fitted.x, n_clusters, random_state)
            self.made["spectral"] = have
        return have


@dataclass(frozen=True)
class Grid:
    """The rows that candidates are judged on: whole, in folds, and as distances (n, n)."""

    whole: Fold
    folds: tuple[Fold, ...]
    distances: np.ndarray
    space: str
    random_state: int


def make_grid(rows: Rows, space: str, random_state: int) -> Grid:
    """Folds and distances of at least 2 rows: 5 folds, or as many as there are rows."""
    x = rows.x
    splits = KFold(min(N_FOLDS, len(x)), shuffle=True, random_state=random_state).split(x)
    folds = tuple(Fold(rows.part(fitted), x[scored]) for fitted, scored in splits)
    whole = Fold(rows, x)
    in_threads(lambda fold: fold.tree("ward"), (whole, *folds))
    return Grid(whole, folds, pairwise_distances(x), space, random_state)


def build_kind(kind: Kind, n_clusters: int | None, random_state: int, reg_covar: float) -> Any:
    """The unfitted estimator of a kind, which fits clone; ``n_clusters`` None: it finds the number."""
    name, variant = kind
    entry = CLUSTERERS[name]
    options = {} if variant is None else dict(entry.variants[variant])
    if entry.reg_covar:
        options["reg_covar"] = reg_covar
    return entry.build(n_clusters, random_state, **options)


def fitted_on(rows: Rows, estimator: Any) -> Any:
    """A clone of the estimator fitted on the rows, which it is told the photos of; raises as its ``fit``."""
    return clone(estimator).fit(rows.x, groups=rows.photos)


def fitted_on_fold(fold: Fold, clusterer: str, estimator: Any, most: int = 0) -> Any:
    """A clone of the clusterer's estimator fitted on the fold's rows, from what the fold keeps.

    ``most`` is the largest number of clusters that will be asked for. Raises as its ``fit``.
    """
    entry, estimator = CLUSTERERS[clusterer], clone(estimator)
    if entry.starts_from:
        estimator.set_params(**STARTS[entry.starts_from](fold, estimator, most))
    return estimator.fit(fold.shared if entry.shares_rows else fold.fitted.x, groups=fold.fitted.photos)


def _means(fold: Fold, estimator: Any, most: int) -> dict[str, Any]:
    k = estimator.n_clusters
    return {} if k is None else {"initial_means": fold.start(k)}


def _coordinates(fold: Fold, estimator: Any, most: int) -> dict[str, Any]:
    k, n = estimator.n_clusters, len(fold.fitted)
    if k is None or not 1 < k < n:
        return {}
    return {"coordinates": fold.coordinates(min(max(k, most), n - 1), estimator.random_state)}


def _tree(fold: Fold, estimator: Any, most: int) -> dict[str, Any]:
    return {"tree": fold.tree(estimator.linkage)}


# By ``ClustererEntry.starts_from``: what an estimator is given, out of what the fold keeps.
STARTS: dict[str, Callable[[Fold, Any, int], dict[str, Any]]] = {
    "initial_means": _means,
    "coordinates": _coordinates,
    "tree": _tree,
}
