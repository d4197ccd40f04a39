"""Groups of pictures by another embedding, and which of them are sure enough to teach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.mixture import GaussianMixture

from models.clustering.graphs.neighbour_graph import neighbours
from models.clustering.rows import checked


@dataclass(frozen=True)
class Groups:
    """``labels`` (n,) int64 from 0, and which of them are sure: bool (n,)."""

    labels: np.ndarray
    sure: np.ndarray


def mixture_groups(points: np.ndarray, n_groups: int, n_init: int, random_state: int) -> np.ndarray:
    """The likeliest of ``n_groups`` Gaussians for each of points (n, m): int64 (n,).

    The best of ``n_init`` fits, each from means by k-means++ and of full covariances. Raises ValueError for
    fewer points than groups.
    """
    points = checked(points)
    if len(points) < n_groups:
        raise ValueError(
            f"{len(points)} pictures make no {n_groups} groups. Expected at least n_groups={n_groups}. Give "
            "more pictures, or set n_groups lower."
        )
    mixture = GaussianMixture(
        n_groups, n_init=n_init, init_params="k-means++", max_iter=300, random_state=random_state
    )
    return np.asarray(mixture.fit_predict(points), np.int64)


def sure_pictures(points: np.ndarray, labels: np.ndarray, n_neighbors: int, agreement: float) -> np.ndarray:
    """Which of points (n, m) have at least the share ``agreement`` of their neighbours in their group.

    bool (n,). Of fewer than two points none is sure.
    """
    index = neighbours(points, n_neighbors)[1]
    if not index.shape[1]:
        return np.zeros(len(labels), bool)
    alike = (labels[index] == labels[:, None]).mean(axis=1)
    return np.asarray(alike >= agreement - 1e-9)
