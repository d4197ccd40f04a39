"""New faces, given to the people that are known, while no known face moves."""

from __future__ import annotations

import numpy as np

from models.clustering.corrections.constraints import pairs_of
from models.clustering.rows import group_means, unit_rows
from models.clustering.rules.people import scaled
from schemas.samples import batches_of

BLOCK = 2_000_000  # distances at a time


def assigned(
    x_new: np.ndarray,
    x_known: np.ndarray,
    labels_known: np.ndarray,
    distance: float,
    apart: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The person of each of unit rows x_new (m, d), or -1: int64 (m,), and how sure that is: float64 (m,).

    x_known (n, d) are the faces known, and labels_known (n,) int their people, -1 for none. A face goes to
    the person whose mean is nearest, if it is within ``distance`` (0 to 2), as
    ``splitting.people_apart`` measures it: a person of many faces reaches as far as one of few. The
    confidence is (b - a) / b of the distance a to that person and b to the next, at least 0, or to twice
    ``distance`` where that is nearer or there is no next; it is 0 for -1. ``apart`` (p, 2) int are a new face
    and a person that it is not: it goes to the next who is near enough. Raises ValueError for arrays of other
    shapes.
    """
    labels = np.asarray(labels_known)
    if np.ndim(x_new) != 2 or labels.shape != (len(x_known),) or not distance > 0:
        raise ValueError(
            f"Expected x_new (m, d), as many labels as known faces, and a distance above 0; received "
            f"{np.shape(x_new)}, {labels.shape} for {len(x_known)} faces, and {distance!r}."
        )
    rejected = pairs_of(apart, len(x_new), 1, "apart, a new face and a person")
    out, sure = np.full(len(x_new), -1, np.int64), np.zeros(len(x_new))
    known = labels >= 0
    if not known.any() or len(x_new) == 0:
        return out, sure
    people, group = np.unique(labels[known], return_inverse=True)
    directions = scaled(group_means(unit_rows(np.asarray(x_known)[known]), group))
    rejected = rejected[np.isin(rejected[:, 1], people)]
    place = np.searchsorted(people, rejected[:, 1])
    rows = unit_rows(np.asarray(x_new, np.float64))
    for part in batches_of(len(rows), max(1, BLOCK // len(people))):
        away = np.sqrt(np.clip(2 - 2 * (rows[part] @ directions.T), 0, 4))
        here = (rejected[:, 0] >= part.start) & (rejected[:, 0] < part.stop)
        away[rejected[here, 0] - part.start, place[here]] = np.inf
        line, nearest = np.arange(len(away)), away.argmin(axis=1)
        own = away[line, nearest]
        away[line, nearest] = np.inf
        other = np.minimum(away.min(axis=1), 2 * distance)
        near = own <= distance
        out[part] = np.where(near, people[nearest], -1)
        sure[part] = np.where(near, np.clip(1 - own / other, 0, 1), 0)
    return out, sure
