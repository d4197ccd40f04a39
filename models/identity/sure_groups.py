"""Groups of faces that are surely of one person, by how alike they are."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from models.clustering.linkage.similarity import strangers, strangers_of
from models.clustering.rows import rows_by_value

DEVIATIONS = 3.5  # above the mean of strangers' similarities: the cut of a round; from 2.5 to 4.5 alike


def sure_groups(
    unit: np.ndarray, photos: np.ndarray, generator: np.random.Generator
) -> tuple[float, np.ndarray, np.ndarray]:
    """The cut, all groups (n,), and which faces surely belong to theirs, bool (n,), of unit rows (n, d)."""
    centre, deviation = strangers(unit, generator)
    return grouped(unit @ unit.T, photos, centre + DEVIATIONS * deviation)


def sure_groups_by(
    alike: np.ndarray, photos: np.ndarray, generator: np.random.Generator
) -> tuple[float, np.ndarray, np.ndarray]:
    """The same by the likenesses (n, n) of all pairs of faces."""
    centre, deviation = strangers_of(alike, generator)
    return grouped(alike, photos, centre + DEVIATIONS * deviation)


def grouped(alike: np.ndarray, photos: np.ndarray, cut: float) -> tuple[float, np.ndarray, np.ndarray]:
    """``sure_groups`` by likenesses (n, n), of which those above ``cut`` are joined on average."""
    labels = fcluster(mean_cosine_tree(alike), 1 - cut, "distance") - 1
    return cut, labels, sure_members(alike, labels, photos, cut)


def mean_cosine_tree(alike: np.ndarray) -> np.ndarray:
    """SciPy's linkage matrix by likenesses (n, n) float32, n >= 2, of the mean cosine distance."""
    distances = upper(alike)
    np.subtract(1, distances, out=distances)
    np.maximum(distances, 0, out=distances)
    return linkage(distances, "average")


def upper(square: np.ndarray) -> np.ndarray:
    """What stands above the diagonal of (n, n), row by row, as SciPy's linkage reads it: float64."""
    n = len(square)
    out, start = np.empty(n * (n - 1) // 2), 0
    for row in range(n - 1):
        out[start : start + n - 1 - row] = square[row, row + 1 :]
        start += n - 1 - row
    return out


def sure_members(alike: np.ndarray, labels: np.ndarray, photos: np.ndarray, cut: float) -> np.ndarray:
    """Which faces surely belong to their group: bool (n,).

    Sure is a face that is on average at least as like the others of its group as ``cut``, in a group of two
    or more in which no photo occurs twice. ``alike`` (n, n) are the likenesses of all pairs.
    """
    sure = np.zeros(len(labels), bool)
    for members in rows_by_value(labels):
        if len(members) < 2 or len(np.unique(photos[members])) < len(members):
            continue
        own = alike[np.ix_(members, members)]
        mean = (own.sum(axis=1) - own.diagonal()) / (len(members) - 1)
        if (mean >= cut).sum() > 1:
            sure[members] = mean >= cut
    return sure
