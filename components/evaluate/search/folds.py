"""The rows that candidates are judged on, whole and in folds, and what the candidates of a fold share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import RepeatedKFold

from components.evaluate.search.criteria import Kind
from components.evaluate.search.enough_rows import N_FOLDS
from components.evaluate.search.settings import SelectionSettings
from models.clustering.clusterers import CLUSTERERS
from models.clustering.graphs.njw import spectral_coordinates
from models.clustering.linkage.hierarchy import linkage_tree
from models.clustering.linkage.ward import cut
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.rows import Rows, fingerprint, group_means
from models.devices.threads import in_threads

N_REPEATS = 3  # a single division into folds decides too much, see docs/results/order.md


@dataclass(frozen=True)
class Fold:
    """Rows to fit on, and rows to score (m, d). ``made`` keeps what several candidates need.

    Only one thread may use a fold at a time.
    """

    fitted: Rows
    scored: np.ndarray
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def shared(self) -> SharedRows:
        """The fitted rows, with what all mixtures on them share; it is made once."""
        if "shared" not in self.made:
            self.made["shared"] = SharedRows(self.fitted.x)
        shared: SharedRows = self.made["shared"]
        return shared

    def tree(self, linkage: str) -> np.ndarray:
        """The tree of merges of the fitted rows; it is made once."""
        if linkage not in self.made:
            self.made[linkage] = linkage_tree(self.fitted.x, linkage)
        tree: np.ndarray = self.made[linkage]
        return tree

    def start(self, n_clusters: int) -> np.ndarray:
        """The means (k, d) of Ward's groups, from which every clusterer starts."""
        return group_means(self.fitted.x, cut(self.tree("ward"), n_clusters))

    def coordinates(self, n_clusters: int, random_state: int) -> np.ndarray:
        """Spectral coordinates with at least ``n_clusters`` columns; they are made anew only for more."""
        have = self.made.get("spectral")
        if have is None or have.shape[1] < n_clusters:
            have = spectral_coordinates(self.fitted.x, n_clusters, random_state)
            self.made["spectral"] = have
        return have


@dataclass(frozen=True)
class Grid:
    """The rows that candidates are judged on: whole, in folds, and as distances (n, n).

    ``folds`` has ``n_folds`` folds for each of the repeats, one after another. ``rows`` is the rows'
    fingerprint, in whatever order they are.
    """

    whole: Fold
    folds: tuple[Fold, ...]
    n_folds: int
    distances: np.ndarray
    space: str
    random_state: int
    rows: str


def make_grid(rows: Rows, space: str, random_state: int, with_folds: bool = True) -> Grid:
    """Makes folds and distances of at least 2 rows: 5 folds, or as many as there are rows, three times over.

    Which rows a fold has depends on the rows' values and on ``random_state``, and not on their order.
    Without folds there is nothing to choose by: the grid is for figures of the whole rows alone.
    """
    x = rows.x
    n_folds = min(N_FOLDS, len(x))
    order = np.lexsort(x.T)
    whole = Fold(rows, x)
    folds: tuple[Fold, ...] = ()
    if with_folds:
        splits = RepeatedKFold(n_splits=n_folds, n_repeats=N_REPEATS, random_state=random_state).split(x)
        folds = tuple(Fold(rows.part(order[fitted]), x[order[scored]]) for fitted, scored in splits)
        in_threads(lambda fold: fold.tree("ward"), (whole, *folds))
    distances = pairwise_distances(x)
    return Grid(whole, folds, n_folds, distances, space, random_state, fingerprint(x[order]))


def standard_error(of_folds: Sequence[Sequence[float]] | np.ndarray) -> float:
    """The standard error of the mean of values (repeats, folds).

    The repeats divide the same rows again: they tell the mean of the divisions more exactly, but nothing
    new about other rows. The variance is that over the folds of a repeat, the mean of all repeats.
    """
    values = np.asarray(of_folds)
    return float(np.sqrt(values.var(axis=1, ddof=1).mean() / values.shape[1]))


def build_kind(kind: Kind, n_clusters: int | None, random_state: int, settings: SelectionSettings) -> Any:
    """The unfitted estimator of a kind, to be cloned. With ``n_clusters`` None it finds the number itself.

    It takes from ``settings`` those that its entry names; what these settings lack has its own default.
    """
    name, variant = kind
    entry = CLUSTERERS[name]
    options = {} if variant is None else dict(entry.variants[variant])
    told = settings.model_dump()
    asked = (*entry.settings, *entry.of_network)
    options |= {setting: told[setting] for setting in asked if setting in told}
    return entry.build(n_clusters, random_state, **options)


def fitted_on(rows: Rows, estimator: Any) -> Any:
    """A clone of the estimator, fitted on the rows and their photos. Raises what its ``fit`` raises."""
    return clone(estimator).fit(rows.x, groups=rows.photos)


def fitted_on_fold(fold: Fold, clusterer: str, estimator: Any, most: int = 0) -> Any:
    """A clone of the clusterer's estimator, fitted on the fold's rows with what the fold keeps.

    ``most`` is the largest number of clusters that will be asked for. Raises what its ``fit`` raises.
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


# What an estimator is given of what the fold keeps, by ``ClustererEntry.starts_from``.
STARTS: dict[str, Callable[[Fold, Any, int], dict[str, Any]]] = {
    "initial_means": _means,
    "coordinates": _coordinates,
    "tree": _tree,
}
