"""How one subspace of a consensus is grouped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.clustering.clusterers import GROUPINGS
from models.clustering.graphs.njw import N_NEIGHBORS, njw
from models.subspaces.choice_of_k import choice_of_k
from models.subspaces.sure_pictures import mixture_groups
from models.subspaces.umap_space import umap_points

N_STARTS = 3  # of a mixture, the likeliest of which counts


@dataclass(frozen=True)
class Grouping:
    """``way``: "njw" (P2), or "umap", a Gaussian mixture in UMAP's space of 10 dimensions.

    ``n_clusters`` None: ``choice_of_k`` finds it. ``affinity`` is that of ``njw``; ``n_neighbors`` that of
    either way's graph.
    """

    way: str = "njw"
    n_clusters: int | None = None
    affinity: str = "self-tuning"
    n_neighbors: int = N_NEIGHBORS

    def labels(self, points: np.ndarray, seed: int) -> np.ndarray:
        """The groups of points (n, d): int64 (n,); raises ValueError if ``way`` is unknown."""
        if self.way not in GROUPINGS:
            raise ValueError(f"Unknown grouping {self.way!r}. Expected one of: {', '.join(GROUPINGS)}.")
        k = self.n_clusters
        if k is None:
            k = choice_of_k(points, random_state=seed).n_clusters
        k = min(k, len(points))
        if self.way == "njw":
            return njw(points, k, seed, self.affinity, self.n_neighbors).labels
        folded = umap_points(points, "grouping=umap", n_neighbors=self.n_neighbors, random_state=seed)
        return mixture_groups(folded, k, N_STARTS, seed)
