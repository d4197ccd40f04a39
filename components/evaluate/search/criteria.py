"""Criteria for the number of clusters, each with the space and the number of rows that it belongs to."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

CRITERIA = {  # name of the criterion: whether more is better
    "cv_log_likelihood": True,
    "bic": False,
    "icl": False,
    "aic": False,
    "silhouette": True,
    "davies_bouldin": False,
    "calinski_harabasz": True,
    "prediction_strength": True,
    "stability": True,
}

ELBOW = "elbow"
CONSENSUS = "consensus"
CHOOSE_AMONG = ("shared_covariance", "all")  # which candidates may be chosen, see ``choice.choose``

Kind = tuple[str, str | None]  # clusterer, and its variant: covariance type or linkage


@dataclass(frozen=True)
class Criterion:
    """One figure of one candidate, which can only be compared on the same rows in the same space.

    AIC, BIC and log-likelihoods come from densities. They change with the unit, the dimension and the number
    of rows, so that a difference between two spaces or two n does not say which model is better. ``rows`` is
    the fingerprint of the rows: two encoders, or two sets of photos, give spaces of one name and shape.
    """

    name: str
    value: float
    space: str
    n: int
    n_parameters: int
    rows: str = ""

    def gain_over(self, other: Criterion) -> float:
        """How much better it is than ``other``, above 0 if so; ValueError if they can't be compared."""
        if self.name != other.name:
            raise ValueError(f"{self} and {other} are different criteria. Compare like with like.")
        if (self.space, self.n, self.rows) != (other.space, other.n, other.rows):
            raise ValueError(
                f"Cannot compare {self._of_rows()} with {other._of_rows()}: criteria of different spaces, "
                "different rows or different n have different units. Fit both on the same rows in the same "
                "space, or compare them by labels (ARI, pairwise F)."
            )
        return (self.value - other.value) * (1 if CRITERIA[self.name] else -1)

    def __str__(self) -> str:
        return f"{self.name} {self.value:.6g} (n = {self.n}, {self.n_parameters} parameters, {self.space})"

    def _of_rows(self) -> str:
        """With the rows' fingerprint, which only tells something beside another one."""
        return f"{self} of rows {self.rows}" if self.rows else str(self)


@dataclass(frozen=True)
class Candidate:
    """One clusterer with its settings, and the evidence for it on the train embeddings.

    ``variant`` is the covariance type or the linkage, if there is one. ``n_clusters`` is the number that was
    asked for, or that the clusterer found itself (``finds_number``). Log-likelihoods are in nats, under the
    mixture that was fitted or that the grouping implies (``implied_mixture``). ``cv_log_likelihood`` is the
    mean over held-out rows, ``cv_folds`` has the mean of each fold of each repeat, and ``cv_standard_error``
    is the standard error of the mean over folds. ``icl`` is BIC plus twice the entropy of the posteriors
    (Biernacki, Celeux and Govaert 2000). ``stability`` and ``prediction_strength`` are means over splits, see
    ``stability.py``; ``stability_interval`` holds 95% of the splits. ``dropped`` says why there are no
    figures. ``inertia`` is the sum of squared distances of k-means, ``noise_share`` the share of rows in no
    cluster, ``rows`` the fingerprint of the rows. A figure that is not defined or not computed is None.
    """

    clusterer: str
    variant: str | None
    n_clusters: int
    space: str
    n: int
    n_parameters: int
    finds_number: bool = False
    aic: float | None = None
    bic: float | None = None
    icl: float | None = None
    cv_log_likelihood: float | None = None
    cv_standard_error: float | None = None
    cv_folds: tuple[tuple[float, ...], ...] = ()
    silhouette: float | None = None
    davies_bouldin: float | None = None
    calinski_harabasz: float | None = None
    prediction_strength: float | None = None
    stability: float | None = None
    stability_interval: tuple[float, float] | None = None
    inertia: float | None = None
    noise_share: float | None = None
    largest_cluster_share: float | None = None
    dropped: str | None = None
    seconds: float = 0.0
    rows: str = ""

    def criterion(self, name: str) -> Criterion | None:
        """The criterion by name, with its space and n, or None if the candidate does not have it."""
        if name not in CRITERIA:
            raise ValueError(f"Unknown criterion {name!r}. Expected one of: {', '.join(CRITERIA)}.")
        value = None if self.dropped else getattr(self, name)
        if value is None or not math.isfinite(value):
            return None
        return Criterion(name, value, self.space, self.n, self.n_parameters, self.rows)

    @property
    def kind(self) -> Kind:
        """Clusterer and variant."""
        return self.clusterer, self.variant

    @property
    def title(self) -> str:
        """The candidate in words: ``gmm (tied), 40 clusters``."""
        kind = title_of(self.kind)
        if self.dropped and self.finds_number:
            return kind
        return f"{kind}, {self.n_clusters} cluster{'' if self.n_clusters == 1 else 's'}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        interval = None if self.stability_interval is None else list(self.stability_interval)
        return asdict(self) | {"cv_folds": list(map(list, self.cv_folds)), "stability_interval": interval}


def title_of(kind: Kind) -> str:
    """A kind in words: ``gmm (tied)``."""
    return f"{kind[0]} ({kind[1]})" if kind[1] else kind[0]
