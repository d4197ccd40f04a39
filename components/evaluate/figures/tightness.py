"""How close together the faces of a cluster are, and which of them is the most typical."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClusterTightness:
    """One cluster: its number of faces and how tight it is; ``medoid`` is the row nearest to its mean.

    ``tightness`` = mean distance of its faces to its mean / mean distance of all faces to the mean of all:
    0 for a single face, about 1 for a cluster as loose as the whole set.
    """

    cluster: int
    size: int
    tightness: float
    medoid: int


def distances_to_mean(x: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Euclidean distance of each row of x (n, m) to the mean of its own cluster: float64 (n,)."""
    x = np.asarray(x, np.float64)
    _, positions = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.zeros((positions.max(initial=-1) + 1, x.shape[1]))
    np.add.at(sums, positions, x)
    means = sums / np.bincount(positions)[:, None]
    return np.asarray(np.linalg.norm(x - means[positions], axis=1))


def tightness(x: np.ndarray, clusters: np.ndarray) -> list[ClusterTightness]:
    """Tightness of every cluster with a face, by cluster number; x (n, m) in the clusterer's space."""
    x, clusters = np.asarray(x, np.float64), np.asarray(clusters)
    if len(x) != len(clusters):
        raise ValueError(f"Expected one cluster a row: received {len(clusters)} for {len(x)} rows.")
    distances = distances_to_mean(x, clusters)
    spread = float(np.linalg.norm(x - x.mean(axis=0), axis=1).mean()) if len(x) else 0.0
    out = []
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        mean = float(distances[members].mean())
        out.append(
            ClusterTightness(
                cluster=int(cluster),
                size=len(members),
                tightness=mean / spread if spread > 0 else 0.0,
                medoid=int(members[distances[members].argmin()]),
            )
        )
    return out
