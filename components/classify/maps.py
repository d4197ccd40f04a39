"""Does a map lie where its attribute shows itself? P2 claims it, and never measured it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from components.classify.figures import mean_effect
from components.occlude.intervals import Effect, people_weights, weighted_mean
from schemas.attribute_regions import regions_of
from schemas.face_regions import REGIONS


def inside(maps: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """How often a pixel inside a region has more than one outside: the area under the curve, half if equal.

    Args:
        maps: (h, w, n) of one face.
        regions: (h, w, n) bool, where each attribute shows itself.

    Returns:
        (n,) float64; NaN where a region has all pixels or none.
    """
    flat = maps.reshape(-1, maps.shape[-1])
    chosen = regions.reshape(flat.shape)
    found = np.full(flat.shape[1], np.nan)
    for column in range(flat.shape[1]):
        values, within = flat[:, column], chosen[:, column]
        count = int(within.sum())
        if 0 < count < len(values):
            _, place, size = np.unique(values, return_inverse=True, return_counts=True)
            rank = (np.cumsum(size) - (size - 1) / 2)[place]
            found[column] = (rank[within].sum() - count * (count + 1) / 2) / (count * (len(values) - count))
    return found


def attribute_regions(regions: np.ndarray, columns: Sequence[str]) -> np.ndarray:
    """Where each column shows itself in a face with regions (10, h, w) bool: (h, w, n) bool."""
    names = list(REGIONS)
    found = [regions[[names.index(one) for one in regions_of(name)]].any(axis=0) for name in columns]
    return np.stack(found, axis=-1)


def maps_in_regions(
    pairs: Iterator[tuple[np.ndarray, np.ndarray | None]],
    targets: np.ndarray,
    people: np.ndarray,
    columns: Sequence[str],
) -> dict[str, Any]:
    """``inside`` of each column over the faces that have the attribute and whose regions are known.

    Columns that show themselves in all ten regions are left out: they have no place of their own.

    Args:
        pairs: of each face its maps (h, w, n) and its regions (10, h, w) bool, or None.
        targets: (n, c) 1, 0 or -1.
        people: (n,).
        columns: c names.

    Returns:
        ``columns``: name to {"value", "low", "high", "n"}, .5 is what a map without a place has; ``mean``
        over them, and ``mean_present``, ``mean_absent`` (h, w, c) float32 maps.
    """
    scores = np.full(targets.shape, np.nan)
    sums: dict[bool, np.ndarray] = {}
    counts = {answer: np.zeros(len(columns)) for answer in (True, False)}
    for row, (maps, regions) in enumerate(pairs):
        for answer in (True, False):
            has = (targets[row] == int(answer)).astype(np.float64)
            sums[answer] = sums.get(answer, np.zeros(maps.shape)) + maps * has
            counts[answer] += has
        if regions is not None:
            scores[row] = inside(maps, attribute_regions(regions, columns))
    weights = people_weights(people)
    own = [i for i, name in enumerate(columns) if len(regions_of(name)) < len(REGIONS)]
    effects: dict[str, Effect] = {}
    told: dict[str, Any] = {}
    for i in own:
        chosen = (targets[:, i] == 1) & np.isfinite(scores[:, i])
        if chosen.any():
            effects[columns[i]] = weighted_mean(scores[chosen, i], weights[:, chosen])
            told[columns[i]] = effects[columns[i]].told() | {"n": int(chosen.sum())}
    mean = mean_effect(list(effects.values())).told() if effects else None
    shown = {
        name: (sums[answer] / np.maximum(counts[answer], 1)).astype(np.float32)
        for name, answer in (("mean_present", True), ("mean_absent", False))
        if answer in sums
    }
    return {"columns": told, "mean": mean} | shown
