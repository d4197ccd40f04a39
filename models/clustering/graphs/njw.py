"""Spectral grouping after Ng, Jordan and Weiss: k-means of the unit rows of leading eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans

from models.clustering.graphs.affinities import AFFINITIES, self_tuning
from models.clustering.graphs.chinese_whispers import in_order
from models.clustering.graphs.leading_eigenvectors import leading_eigenvectors
from models.clustering.rows import checked
from models.devices.threads import tolerated_warnings

N_NEIGHBORS = 10
N_STARTS = 4  # of k-means, of which the best counts
NEARLY_ONE = 1 - 1e-6  # an eigenvalue above it is that of a part of its own


@dataclass(frozen=True)
class SpectralGroups:
    """labels (n,) int64, 0 .. k-1 by their first rows, of ``rows`` (n, k) float64, each of length 1.

    ``eigenvalues`` (k,) descend; ``n_parts`` of them are above 1 - 1e-6: the graph falls into so many parts,
    or into more, if it is k.
    """

    labels: np.ndarray
    rows: np.ndarray
    eigenvalues: np.ndarray
    n_parts: int


def njw(
    x: np.ndarray,
    n_clusters: int,
    random_state: int | None = 0,
    affinity: str = "self-tuning",
    n_neighbors: int = N_NEIGHBORS,
) -> SpectralGroups:
    """Groups rows x (n, d) by Ng, Jordan and Weiss, "On spectral clustering" (NIPS 2001).

    The n_clusters largest eigenvectors of D^-1/2 A D^-1/2 are columns, their rows are scaled to length 1, and
    k-means groups them. ``affinity`` is one of ``AFFINITIES``: "self-tuning" (sparse, of ``n_neighbors``) or
    "rbf" (dense, at most 20,000 rows). The same rows and seed give the same groups. Raises ValueError on an
    unknown affinity, rows that are not finite, n_clusters not from 1 to n, or too many rows for rbf.
    """
    x = checked(x, None)
    if affinity not in AFFINITIES:
        raise ValueError(f"Unknown affinity {affinity!r}. Expected one of: {', '.join(AFFINITIES)}.")
    if not 1 <= n_clusters <= len(x):
        raise ValueError(
            f"Cannot make {n_clusters} clusters of n_samples={len(x)} rows. Expected 1 to {len(x)}. "
            "Ask for fewer, or give more rows."
        )
    alike = AFFINITIES[affinity](x, n_neighbors, random_state)
    values, vectors = leading_eigenvectors(alike, n_clusters, random_state)
    labels, rows = grouped(vectors, n_clusters, random_state)
    return SpectralGroups(labels, rows, values, int((values > NEARLY_ONE).sum()))


def spectral_coordinates(
    x: np.ndarray, n_components: int, random_state: int | None, n_neighbors: int = N_NEIGHBORS
) -> np.ndarray:
    """The leading eigenvectors (n, n_components) of the self-tuning graph of x (n, d), for ``grouped``."""
    affinity = self_tuning(x, n_neighbors, random_state)
    return leading_eigenvectors(affinity, n_components, random_state)[1]


def grouped(
    coordinates: np.ndarray, n_clusters: int, random_state: int | None = 0
) -> tuple[np.ndarray, np.ndarray]:
    """(labels (n,) int64 by first rows, unit rows (n, n_clusters)) of eigenvectors (n, n_clusters or more).

    Unit rows depend on the number of columns, so that they are made of the first n_clusters alone. A row of
    zeros stays one. If fewer of them are distinct than n_clusters, there are fewer groups.
    """
    rows = coordinates[:, :n_clusters]
    largest = np.abs(rows).max(axis=1, keepdims=True)  # squares of small numbers would round to 0
    rows = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > 0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, lengths, out=rows, where=lengths > 0)
    if n_clusters == 1 or len(rows) == n_clusters:
        return np.arange(len(rows)) if n_clusters > 1 else np.zeros(len(rows), np.int64), rows
    with tolerated_warnings():
        found = KMeans(n_clusters, n_init=N_STARTS, random_state=random_state).fit_predict(rows)
    return in_order(found), rows
