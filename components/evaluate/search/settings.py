"""Settings of the search for the number of clusters, checked before any work is done."""

from __future__ import annotations

import math
from typing import Any

from pydantic import field_validator, model_validator
from typing_extensions import Self

from components.evaluate.search.criteria import CHOOSE_AMONG, CONSENSUS, CRITERIA, ELBOW, Kind
from components.evaluate.search.reductions import MAX_DIMENSION, REDUCTIONS
from models.clustering.clusterers import AFFINITIES, CLUSTERERS, COVARIANCE_TYPES, GROUPINGS, REG_COVAR, VOTES
from schemas.settings import About, Settings, setting, wrong

INTERNAL = About(internal=True)
OF_TWO_CLUSTERS = ("silhouette", "davies_bouldin", "calinski_harabasz")  # of whole rows; not for one cluster
NUMBERS = "auto, a number of at least 1, or LOW-HIGH, as in n_clusters=20-60"


class SelectionSettings(Settings):
    """What is searched, in which space, and by which criterion."""

    clusterers: tuple[str, ...] = setting(
        ("kmeans", "gmm"), "clusterers that are tried; all: every one", choices=CLUSTERERS
    )
    covariance_types: tuple[str, ...] = setting(
        COVARIANCE_TYPES, "shapes of a Gaussian mixture's components that are tried", choices=COVARIANCE_TYPES
    )
    n_clusters: str = setting(
        "auto", "number of clusters: auto (1 to 3 times the root of the faces), a number, or LOW-HIGH"
    )
    criterion: str = setting(
        "cv_log_likelihood", "what chooses among the candidates", choices=(*CRITERIA, ELBOW, CONSENSUS)
    )
    choose_among: str = setting(
        "shared_covariance",
        "which candidates may be chosen: those whose clusters have one shape, or all",
        choices=CHOOSE_AMONG,
    )
    standard_errors: float = setting(
        0.0, "a simpler candidate is taken that is worse by no more than so many standard errors", ge=0
    )
    reduction: str = setting(
        "pca", "space that is clustered in; of umap and tsne nothing can be served", choices=REDUCTIONS
    )
    pca_variance: float = setting(0.999, "share of the variance that the principal axes keep", gt=0, le=1)
    max_dimension: int = setting(MAX_DIMENSION, "principal axes, at most", ge=1)
    whiten: bool = setting(True, "bring all principal axes to variance 1")
    founders: float = setting(
        1.0, "share of the train faces, those of highest quality, that found groups", gt=0, le=1
    )
    n_runs: int = setting(
        1, "runs of the chosen clusterer, each from its own seed; above 1 one consensus of all", ge=1, le=100
    )
    reg_covar: float = setting(REG_COVAR, "share of the mean variance added to each", INTERNAL, gt=0)
    grid_rows: int = setting(4000, "rows that the grid is searched on; a sample of more", INTERNAL, ge=2)
    random_state: int = setting(0, "of all that is drawn at random", INTERNAL, ge=0)
    # Of the network; see ``ClustererEntry.of_network``.
    subspace_dim: int = setting(0, "means in a member's block, as the network makes them", INTERNAL, ge=0)
    n_logits: int = setting(0, "logits that an embedding ends with", INTERNAL, ge=0)

    @field_validator("n_clusters", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        """Turns a number, or a pair of numbers, into what a person writes."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return f"{value[0]}-{value[1]}" if isinstance(value, tuple) and len(value) == 2 else value

    @model_validator(mode="after")
    def _can_be_searched(self) -> Self:
        low, high = n_clusters_range(self.n_clusters, 2, 2)
        asked = self.n_clusters != "auto"
        if self.criterion == ELBOW and ("kmeans" not in self.clusterers or (asked and high - low < 2)):
            expected = (
                "another one, or kmeans among clusterers and at least 3 numbers of clusters: auto or LOW-HIGH"
            )
            raise wrong(type(self), "criterion", self.criterion, expected)
        if self.reduction == "tsne" and self.max_dimension < 2:
            raise wrong(type(self), "max_dimension", self.max_dimension, "at least 2 with reduction=tsne")
        if (
            asked
            and high == 1
            and self.criterion in OF_TWO_CLUSTERS
            and not any(map(finds_number, kinds_of(self)))
        ):
            raise wrong(
                type(self), "n_clusters", self.n_clusters, f"2 or more with criterion={self.criterion}"
            )
        return self


class ConsensusSelection(SelectionSettings):
    """What is searched, with the settings of ``clusterers=csc``."""

    n_subspaces: int = setting(3, "subspaces that are drawn of each member (P2: 3)", ge=1, le=20)
    subspace_noise: float = setting(0.25, "of the draws, in deviations", ge=0, le=10)
    n_neighbors: int = setting(10, "neighbours of a picture in a subspace's graph", ge=2, le=100)
    votes: str = setting(
        "all", "which groupings vote: all (P2), or each member's that agrees best", choices=VOTES
    )
    grouping: str = setting(
        "njw",
        "how a subspace is grouped: spectrally (P2), or by UMAP and a mixture, not of the paper",
        choices=GROUPINGS,
    )
    affinity: str = setting(
        "self-tuning", "the graph of njw: of nearest neighbours, or of all pairs", choices=AFFINITIES
    )
    clusters_each: int = setting(0, "clusters of one grouping; 0: n_clusters, as in P2", ge=0, le=1000)


def kinds_of(settings: SelectionSettings) -> list[Kind]:
    """The clusterers of the settings, each with its variants.

    The variants of ``gmm`` are the covariance types of the settings. ``agglomerative`` has a variant for each
    linkage, and "threshold", which cuts Ward's tree by height.
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


def only_candidate(settings: SelectionSettings, limits: tuple[int, int]) -> tuple[Kind, int | None] | None:
    """The only candidate, where nothing is to be chosen: its kind, and its number of clusters or None.

    It is the only kind, and either finds the number of clusters by itself, or ``limits`` leave one number and
    the criterion is one that is defined without folds. None if there is anything to choose.
    """
    kinds = kinds_of(settings)
    if len(kinds) != 1:
        return None
    if finds_number(kinds[0]):
        return kinds[0], None
    if limits[0] == limits[1] and settings.criterion in OF_TWO_CLUSTERS:
        return kinds[0], limits[0]
    return None


def largest_n_clusters(n: int) -> int:
    """The end of the default grid: 3 sqrt(n) clusters, but at least 5 rows for each; at least 2."""
    return max(2, min(math.ceil(3 * math.sqrt(n)), n // 5))


def n_clusters_range(n_clusters: str, n: int, n_grid: int) -> tuple[int, int]:
    """Lowest and highest number of clusters for n rows, of which n_grid are searched.

    Raises ValueError unless ``n_clusters`` is auto, a number or LOW-HIGH.
    """
    if n_clusters == "auto":
        return 1, min(largest_n_clusters(n), max(2, n_grid // 5))
    low, dash, high = n_clusters.partition("-")
    numbers = (low, high) if dash else (low,)
    if all(number.isascii() and number.isdecimal() for number in numbers) and 1 <= int(low) <= int(
        high or low
    ):
        return int(low), int(high or low)
    raise wrong(SelectionSettings, "n_clusters", n_clusters, NUMBERS)
