"""Given pairs as rows of the faces that are studied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluate.figures.verification import Scored, people_of
from components.face_table import without_extension
from components.pairs.files import Pairs


@dataclass(frozen=True)
class PairsOf:
    """p pairs of some faces: ``rows`` (p, 2) int64 of the faces, and ``told``, what is known of the pairs."""

    rows: np.ndarray
    told: Scored


def pairs_of(pairs: Pairs, names: Sequence[str]) -> PairsOf:
    """The pairs both of whose photos are among ``names``, the faces' paths; ``told`` has no scores yet."""
    row = {without_extension(name): number for number, name in enumerate(names)}
    there = np.array([a in row and b in row for a, b in zip(pairs.first, pairs.second, strict=True)], bool)
    kept = np.flatnonzero(there)
    found = [(row[pairs.first[i]], row[pairs.second[i]]) for i in kept.tolist()]
    people = people_of(pairs)
    told = Scored(
        np.zeros(len(kept)),
        pairs.same[kept],
        pairs.fold[kept],
        kept,
        None if people is None else people[kept],
        int((~there).sum()),
    )
    return PairsOf(np.array(found, np.int64).reshape(-1, 2), told)
