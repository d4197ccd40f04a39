"""Trees of merges, and the height at which to cut one if the number of clusters is not given."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

from models.clustering.clusterers import LINKAGES
from models.clustering.linkage.elbow import knee
from models.clustering.linkage.ward import ward_tree


def linkage_tree(x: np.ndarray, method: str) -> np.ndarray:
    """SciPy's linkage matrix (n - 1, 4) of rows x (n, d) by "ward" or "average"; no row where n = 1."""
    if method not in LINKAGES:
        raise ValueError(f"Unknown linkage {method!r}. Expected one of: {', '.join(LINKAGES)}.")
    if method == "ward":
        return ward_tree(x)
    return linkage(pdist(x), method=method) if len(x) > 1 else np.empty((0, 4))


def merge_threshold(tree: np.ndarray) -> float:
    """The height below which merges join rows of one group: the knee of the rising heights.

    Heights stay low while rows of one group are joined, and rise steeply when whole groups are. The knee is
    the point furthest from the chord. With fewer than 2 merges it is the highest one.
    """
    heights = np.sort(tree[:, 2])
    if len(heights) < 2 or heights[0] == heights[-1]:
        return float(heights[-1]) if len(heights) else 0.0
    return float(heights[knee(np.arange(len(heights)), heights)])
