"""What is searched for the number of clusters, checked before any work is done."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from components.evaluate.search.criteria import CHOOSE_AMONG, CONSENSUS, CRITERIA, ELBOW, Kind
from components.evaluate.search.reductions import MAX_DIMENSION, REDUCTIONS
from models.clustering.clusterers import CLUSTERERS, COVARIANCE_TYPES, REG_COVAR


@dataclass(frozen=True)
class SelectionSettings:
    """What is searched, and by which criterion.

    ``n_clusters``: "auto" (1 to 3 sqrt(n), at least 5 rows a cluster), an int, or (low, high).
    ``grid_rows``: the grid is searched on at most that many rows, a seeded sample; the chosen candidate is
    fitted on all rows. ``reg_covar``: share of the data's mean variance added to every variance.
    ``choose_among``: "shared_covariance" or "all", and ``standard_errors``: see ``choice.choose``.
    ``reduction``: "pca", "none", "umap" or "tsne", see ``reduction.fit_reduction``. ``founders``: share of
    the train faces, those of highest quality, that found groups (``quality.founders``).
    """

    clusterers: tuple[str, ...] = ("kmeans", "gmm")
    covariance_types: tuple[str, ...] = COVARIANCE_TYPES
    n_clusters: str | int | tuple[int, int] = "auto"
    criterion: str = "cv_log_likelihood"
    choose_among: str = "shared_covariance"
    standard_errors: float = 0.0
    reduction: str = "pca"
    pca_variance: float | None = 0.95
    max_dimension: int = MAX_DIMENSION
    whiten: bool = False
    reg_covar: float = REG_COVAR
    grid_rows: int = 4000
    random_state: int = 0
    founders: float = 1.0

    def __post_init__(self) -> None:
        """Raises ValueError on a name or a number of clusters that there is not."""
        for name in self.clusterers:
            check_name("clusterer", name, CLUSTERERS)
        for name in self.covariance_types:
            check_name("covariance type", name, COVARIANCE_TYPES)
        check_name("criterion", self.criterion, (*CRITERIA, ELBOW, CONSENSUS))
        check_name("reduction", self.reduction, REDUCTIONS)
        check_name("choose_among", self.choose_among, CHOOSE_AMONG)
        n_clusters_range(self.n_clusters, 2, 2)
        if not kinds_of(self):
            raise ValueError("No clusterer to try: clusterers or covariance_types is empty.")


def kinds_of(settings: SelectionSettings) -> list[Kind]:
    """The clusterers, each with its variants: of ``gmm`` the covariance types of the settings.

    ``agglomerative`` has a variant for each linkage, and "threshold", Ward's tree cut by height.
    """
    kinds: list[Kind] = []
    for name in settings.clusterers:
        entry = CLUSTERERS[name]
        tried = getattr(settings, entry.variants_setting) if entry.variants_setting else entry.variants
        kinds += [(name, variant) for variant in tried]
    return kinds


def finds_number(kind: Kind) -> bool:
    """Whether the kind finds the number of clusters by itself."""
    clusterer, variant = kind
    return variant in CLUSTERERS[clusterer].finds_number


def check_name(what: str, name: str, known: Iterable[str]) -> None:
    """Raises ValueError on a name that is not known, with those that are."""
    if name not in known:
        raise ValueError(f"Unknown {what} {name!r}. Expected one of: {', '.join(sorted(known))}.")


def largest_n_clusters(n: int) -> int:
    """Where the default grid ends: 3 sqrt(n) clusters, but 5 rows a cluster; at least 2."""
    return max(2, min(math.ceil(3 * math.sqrt(n)), n // 5))


def n_clusters_range(n_clusters: str | int | Sequence[int], n: int, n_grid: int) -> tuple[int, int]:
    """Lowest and highest number of clusters for n rows, n_grid of them searched; ValueError on nonsense."""
    if n_clusters == "auto":
        return 1, min(largest_n_clusters(n), max(2, n_grid // 5))
    if isinstance(n_clusters, int) and not isinstance(n_clusters, bool) and n_clusters >= 1:
        return n_clusters, n_clusters
    if not isinstance(n_clusters, str | int) and len(n_clusters) == 2 and 1 <= n_clusters[0] <= n_clusters[1]:
        return int(n_clusters[0]), int(n_clusters[1])
    raise ValueError(
        f"n_clusters: expected 'auto', a number of at least 1, or (low, high); received {n_clusters!r}."
    )
