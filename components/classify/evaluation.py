"""Judges a trained classifier on people whom it never saw, without TFX."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from components.classify.figures import figures_of
from components.classify.maps import maps_in_regions
from components.classify.rows import LabelledFaces
from components.faces import outputs_of
from components.segment.packing import unpacked
from schemas.samples import batches_of

AT_ONCE = 32


def evaluate(
    held_out: LabelledFaces,
    served: Any,
    columns: Sequence[str],
    min_answers: int,
    report: Callable[[int, int], Any] | None = None,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The facts and the arrays of a classifier's evaluation.

    Args:
        held_out: the faces of the eval split.
        served: the loaded SavedModel.
        columns: what it answers, c names.
        min_answers: see ``figures_of``.
        report: called as ``report(done, total)`` after each batch.

    Returns:
        Facts, ready for JSON: ``columns``, ``figures`` of ``figures_of``, and ``maps`` of
        ``maps_in_regions`` if the classifier has maps. Arrays: ``probability`` (n, c) float32, ``targets``
        (n, c) int8, and ``mean_present``, ``mean_absent`` (h, w, c) float32.
    """
    found = outputs_of(served.signatures["serving_default"], held_out.requests, report=report)
    probability = np.stack(found["probability"]).astype(np.float32)
    targets, people = held_out.targets, held_out.people
    facts: dict[str, Any] = {
        "columns": list(columns),
        "figures": figures_of(probability.astype(np.float64), targets, people, columns, min_answers),
    }
    arrays = {"probability": probability, "targets": targets}
    if "maps" in served.signatures:
        told = maps_in_regions(maps_of(held_out, served), targets, people, columns)
        arrays |= {name: told.pop(name) for name in ("mean_present", "mean_absent") if name in told}
        facts["maps"] = told
    return facts, arrays


def maps_of(faces: LabelledFaces, served: Any) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """The maps (h, w, c) of each face, and its regions (10, h, w) bool at their size, or None."""
    for part in batches_of(len(faces), AT_ONCE):
        maps = outputs_of(served.signatures["maps"], faces.requests[part], AT_ONCE)["maps"]
        for one, packed in zip(maps, faces.regions[part], strict=True):
            yield one, unpacked(packed, one.shape[:2]) if packed else None
