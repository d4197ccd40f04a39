"""The distance for a chosen rate of false merges, from what somebody said of pairs and of faces."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.web.library.arrays import Faces, faces_of, pairs_told
from pipeline.web.library.refused import Refused
from pipeline.web.library.told import told_of
from pipeline.web.models import Account, Library

MOST = 20_000  # pairs of each sort, of those that confirmed people give
SEED = 0


def calibrate(account: Account, false_merge_rate: float) -> dict[str, Any]:
    """The distance below which two faces are one person, its interval, and how many pairs say so; it is kept.

    Raises Refused, with the number that is needed, where too little was said.
    """
    from models.clustering.corrections.calibration import TooFewVerdicts, calibrated

    library = Library.objects.get(owner=account)
    faces = faces_of(account, library.space)
    same, different = judged(account, faces)
    try:
        found = calibrated(same, different, false_merge_rate)
    except TooFewVerdicts as error:
        raise Refused(str(error)) from None
    library.false_merge_rate, library.distance = false_merge_rate, round(found.distance, 4)
    library.save(update_fields=["false_merge_rate", "distance"])
    told = {"distance": found.distance, "low": found.low, "high": found.high}
    return {**told, "n_same": found.n_same, "n_different": found.n_different}


def judged(account: Account, faces: Faces) -> tuple[np.ndarray, np.ndarray]:
    """Distances (a,) of pairs that are one person by what was said, and (b,) of pairs that are not.

    They are the pairs that were asked, and those of confirmed faces of people: of one person, and of two.
    """
    told = told_of(account, faces)
    one, other = np.triu_indices(len(rows := np.flatnonzero(told.anchors >= 0)), 1)
    if len(one) > 50 * MOST:
        kept = np.random.default_rng(SEED).choice(len(one), 50 * MOST, replace=False)
        one, other = one[kept], other[kept]
    alike = told.anchors[rows[one]] == told.anchors[rows[other]]
    pairs = np.stack([rows[one], rows[other]], axis=1)
    same = np.concatenate([pairs_told(account, faces, True), _some(pairs[alike])])
    different = np.concatenate([pairs_told(account, faces, False), _some(pairs[~alike])])
    return _distances(faces, same), _distances(faces, different)


def _some(pairs: np.ndarray) -> np.ndarray:
    if len(pairs) <= MOST:
        return pairs
    return pairs[np.random.default_rng(SEED).choice(len(pairs), MOST, replace=False)]


def _distances(faces: Faces, pairs: np.ndarray) -> np.ndarray:
    from models.clustering.corrections.confidence import apart

    return apart(np.einsum("ij,ij->i", faces.x[pairs[:, 0]], faces.x[pairs[:, 1]]))
