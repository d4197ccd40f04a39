"""Several arrays of one file, one after another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import Arrays


def joined(parts: Sequence[Arrays]) -> Arrays:
    """The rows of all parts in their order; RejectedPhoto if sizes differ, or only some have labels."""
    if len(parts) == 1:
        return parts[0]
    if len({part.pixels.shape[1:] for part in parts}) > 1:
        raise RejectedPhoto("wrong_shape", " and ".join(str(part.pixels.shape) for part in parts))
    if len({part.labels is None for part in parts}) > 1:
        raise RejectedPhoto("unequal", "only a part of the pictures has labels")
    labels: list[str] = []
    problems: dict[int, str] = {}
    before = 0
    for part in parts:
        labels += list(part.labels or ())
        problems |= {before + row: why for row, why in part.problems.items()}
        before += len(part)
    return Arrays(np.concatenate([part.pixels for part in parts]), labels or None, problems)
