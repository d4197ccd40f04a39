"""The nearest of some groups, and how far the next one is: what rules by a mean for each group share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.clustering.rules.assignment import BLOCK
from models.clustering.rules.exemplars import Nearest, first_nearest, rounding
from schemas.samples import batches_of


def nearest_group(
    away: Callable[[np.ndarray], np.ndarray], x: np.ndarray, shape: tuple[int, int], found_in: str
) -> Nearest:
    """The group nearest to each of points x (n, d), with the distances to it and to the nearest other one.

    ``away`` gives the distances of points (b, d) to all groups, float64 (b, k), and ``shape`` is (k, d). A
    distance that is 0 but for rounding is 0, and of equally near groups the first counts. No point is noise.
    Raises ValueError for points of another d; ``found_in`` says what else they should be as.
    """
    x = np.asarray(x, np.float64)
    k, d = shape
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(f"Expected rows of shape (n, {d}), as the {found_in}; got {x.shape}.")
    cluster = np.empty(len(x), np.int64)
    own, other = np.empty(len(x)), np.full(len(x), np.inf)
    for part in batches_of(len(x), max(1, BLOCK // k)):
        distances, first = first_nearest(away(x[part]), rounding(d))
        line = np.arange(len(first))
        own[part] = distances[line, first]
        if k > 1:
            distances[line, first] = np.inf
            other[part] = distances.min(axis=1)
        cluster[part] = first
    return Nearest(cluster, own, other)
