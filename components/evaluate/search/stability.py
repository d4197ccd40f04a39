"""Whether other photos would give the same groups: refits on halves of the rows, and from other seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.cluster import kmeans_plusplus
from sklearn.metrics import adjusted_rand_score

from components.evaluate.search.candidates import information, n_parameters
from components.evaluate.search.criteria import Candidate, Kind
from components.evaluate.search.folds import build_kind, fitted_on
from components.evaluate.search.settings import SelectionSettings
from models.clustering.clusterers import CLUSTERERS
from models.clustering.rows import Rows
from models.devices.threads import in_threads

SPLITS = 10
SEEDS = 10
ROWS = 2000  # of more rows a seeded sample is halved


@dataclass(frozen=True)
class Resampled:
    """The figures of each split that could be fitted, and the number of those that could not."""

    ari: tuple[float, ...]
    prediction_strength: tuple[float, ...]
    failed: int

    def as_fields(self) -> dict[str, Any]:
        """Fields of a candidate: means, and the interval that holds 95% of the splits' ARI."""
        if not self.ari:
            return {}
        low, high = np.percentile(self.ari, [2.5, 97.5])
        return {
            "stability": float(np.mean(self.ari)),
            "stability_interval": (float(low), float(high)),
            "prediction_strength": float(np.mean(self.prediction_strength)),
        }


def resample(
    rows: Rows,
    candidate: Candidate,
    random_state: int,
    settings: SelectionSettings,
    splits: int = SPLITS,
) -> Resampled:
    """Fits the candidate's kind on two random halves of the rows, ``splits`` times.

    ARI compares the two fits' predictions for all rows. The halves share no row: Ben-Hur, Elisseeff and Guyon
    2002 let them overlap, which makes the agreement too good. ``prediction_strength`` compares the second
    half's clusters with the first fit (Tibshirani and Walther 2005). Of more than 2,000 rows a seeded sample
    is halved. No split is tried of a clusterer that reads groups which a network has told.
    """
    if CLUSTERERS[candidate.clusterer].reads_groups:
        return Resampled((), (), 0)
    generator = np.random.default_rng(random_state)
    asked = None if candidate.finds_number else candidate.n_clusters

    def one(item: tuple[int, np.ndarray]) -> tuple[float, float] | None:
        seed, order = item
        first, second, both = rows.part(order[::2]), rows.part(order[1::2]), rows.x[order]
        estimator = build_kind(candidate.kind, asked, seed, settings)
        try:
            a, b = fitted_on(first, estimator), fitted_on(second, estimator)
        except ValueError:
            return None  # for instance fewer distinct rows than clusters
        ari = adjusted_rand_score(singled(a.predict(both)), singled(b.predict(both)))
        return float(ari), prediction_strength(b.labels_, a.predict(second.x))

    orders = [(random_state + split, generator.permutation(len(rows))[:ROWS]) for split in range(splits)]
    found = [pair for pair in in_threads(one, orders) if pair is not None]
    return Resampled(tuple(a for a, _ in found), tuple(p for _, p in found), splits - len(found))


def singled(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) in which every row of noise (-1) is a cluster of its own."""
    out = labels.copy()
    noise = out < 0
    out[noise] = out.max(initial=0) + 1 + np.arange(noise.sum())
    return out


def prediction_strength(labels: np.ndarray, predicted: np.ndarray) -> float:
    """The lowest share, over clusters, of pairs of rows that another fit also puts together: 0 to 1.

    Clusters of one row and noise have no pairs, and are left out. It is 0 if no cluster has two rows.
    """
    predicted = singled(predicted)
    shares = []
    for label in np.unique(labels[labels >= 0]):
        sizes = np.unique(predicted[labels == label], return_counts=True)[1]
        n = int(sizes.sum())
        if n > 1:
            shares.append(float((sizes * (sizes - 1)).sum() / (n * (n - 1))))
    return min(shares, default=0.0)


def bic_over_seeds(
    x: np.ndarray,
    kind: Kind,
    n_clusters: int,
    settings: SelectionSettings,
    seeds: Sequence[int] = tuple(range(SEEDS)),
) -> list[float]:
    """BIC of a mixture of so many components on x (n, d) for each seed, started at k-means++ rows (P4)."""
    out = []
    for seed in seeds:
        estimator = build_kind(kind, n_clusters, seed, settings)
        estimator.set_params(initial_means=kmeans_plusplus(x, n_clusters, random_state=seed)[0])
        parameters = n_parameters(estimator, n_clusters, x.shape[1])
        out.append(information(estimator.fit(x).rule_, x, parameters)["bic"])
    return out
