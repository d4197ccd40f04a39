"""The rows that candidates are judged on, whole and in folds, and what all candidates of a fold share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.metrics import pairwise_distances
from sklearn.model_selection import KFold

from components.evaluate.search.criteria import Kind
from components.evaluate.search.settings import THRESHOLD
from models.clustering.clusterers import CLUSTERERS
from models.clustering.linkage.hierarchy import linkage_tree
from models.clustering.linkage.ward import cut
from models.clustering.mixtures.shared_rows import SharedRows
from models.clustering.partitions import spectral_coordinates
from models.clustering.rows import group_means
from models.devices.threads import in_threads

N_FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """Rows to fit on (n, d), and rows to score (m, d); ``made`` keeps what several candidates need.

    ``photos`` (n,) int is the photo of each row to fit on, where it is known.
    A fold belongs to one thread at a time.
    """

    fitted: np.ndarray
    scored: np.ndarray
    photos: np.ndarray | None = None
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def shared(self) -> SharedRows:
        """The fitted rows with what all mixtures on them share, made once."""
        if "shared" not in self.made:
            self.made["shared"] = SharedRows(self.fitted)
        return self.made["shared"]

    def tree(self, linkage: str) -> np.ndarray:
        """The tree of merges of the fitted rows, made once."""
        if linkage not in self.made:
            self.made[linkage] = linkage_tree(self.fitted, linkage)
        return self.made[linkage]

    def start(self, n_clusters: int) -> np.ndarray:
        """Means (k, d) of Ward's groups: the same start for every clusterer."""
        return group_means(self.fitted, cut(self.tree("ward"), n_clusters))

    def coordinates(self, n_clusters: int, random_state: int) -> np.ndarray:
        """Spectral coordinates of at least ``n_clusters`` columns, made anew only for more."""
        have = self.made.get("spectral")
        if have is None or have.shape[1] < n_clusters:
            have = spectral_coordinates(self.fitted, n_clusters, random_state)
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


def make_grid(x: np.ndarray, space: str, random_state: int, photos: np.ndarray | None = None) -> Grid:
    """Folds and distances of x (n, d), n >= 2, of photos (n,): 5 folds, or as many as there are rows."""
    splits = KFold(min(N_FOLDS, len(x)), shuffle=True, random_state=random_state).split(x)
    folds = tuple(Fold(x[fitted], x[scored], part_of(photos, fitted)) for fitted, scored in splits)
    whole = Fold(x, x, photos)
    in_threads(lambda fold: fold.tree("ward"), (whole, *folds))
    return Grid(whole, folds, pairwise_distances(x), space, random_state)


def fit_kind(
    fold: Fold, kind: Kind, n_clusters: int | None, random_state: int, reg_covar: float, most: int = 0
) -> Any:
    """The estimator of a kind fitted on the fold's rows, from what the fold keeps; raises as its ``fit``.

    ``n_clusters`` None: the kind finds the number. ``most`` is the largest number that will be asked for.
    """
    estimator = build_kind(kind, n_clusters, random_state, reg_covar, fold.photos)
    name, variant = kind
    if name in ("kmeans", "minibatch_kmeans", "gmm") and n_clusters is not None:
        estimator.set_params(initial_means=fold.start(n_clusters))
    elif name == "spectral" and n_clusters is not None and 1 < n_clusters < len(fold.fitted):
        columns = min(max(n_clusters, most), len(fold.fitted) - 1)
        estimator.set_params(options={"coordinates": fold.coordinates(columns, random_state)})
    elif name == "agglomerative":
        linkage = "ward" if variant in (None, THRESHOLD) else variant
        estimator.set_params(options={"linkage": linkage, "tree": fold.tree(linkage)})
    return estimator.fit(fold.shared if name == "gmm" else fold.fitted)


def part_of(photos: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
    """The photos of some rows, where they are known."""
    return None if photos is None else photos[rows]


def build_kind(
    kind: Kind,
    n_clusters: int | None,
    random_state: int,
    reg_covar: float,
    photos: np.ndarray | None = None,
) -> Any:
    """The unfitted estimator of a kind; ``photos`` (n,) of the rows that it will be fitted on, if known."""
    name, variant = kind
    options: dict[str, Any] = {}
    if name in ("kmeans", "minibatch_kmeans", "gmm", "bayesian_gmm"):
        options["reg_covar"] = reg_covar
    if name in ("gmm", "bayesian_gmm") and variant is not None:
        options["covariance_type"] = variant
    if name == "agglomerative" and variant not in (None, THRESHOLD):
        options["linkage"] = variant
    if name == "average_linkage" and photos is not None:
        options["photo"] = photos
    return CLUSTERERS[name](n_clusters, random_state, **options)
