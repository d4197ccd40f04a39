"""Figures of one embedding for a table of many: verification and grouping, plain and whitened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.verification import verify
from components.evaluate.search.reduction import fit_reduction
from components.evaluate.search.selection import cluster
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable, photo_rows
from components.pairs.files import Pairs
from models.clustering.rows import Rows

WHITENED = 256  # axes at most


def compare(
    embeddings: np.ndarray,
    faces: FaceTable,
    settings: SelectionSettings,
    pairs: Pairs | None = None,
    min_images: int = 10,
) -> dict[str, dict[str, Any]]:
    """``plain`` and ``whitened`` figures of embeddings (n, d) of the faces.

    Each holds the figures of ``verification.verify`` on one face for each photo (``photo_rows``), and those
    of ``group``. Verification is whitened on the principal axes of all n embeddings, at most 256, each
    divided by its deviation; grouping is whitened in the recipe's own reduced space, which has fewer axes.
    Labels are read after every fit.
    """
    row_of = photo_rows(faces)
    table = {}
    for name, whiten in (("plain", False), ("whitened", True)):
        chosen = settings.changed(whiten=whiten)
        table[name] = group(Rows(embeddings, faces.photos()), faces.labels, chosen, min_images)
        if pairs is not None:
            table[name] |= verify(whitened(embeddings) if whiten else embeddings, row_of, pairs)
    return table


def whitened(embeddings: np.ndarray) -> np.ndarray:
    """Embeddings (n, d) on their principal axes, at most 256 and fewer than n, each of variance 1."""
    reduction = fit_reduction(embeddings, 1.0, WHITENED, whiten=True, rows_per_dimension=1)
    return reduction.transform(embeddings).astype(np.float32)


def group(
    embeddings: Rows, labels: Sequence[str | None], settings: SelectionSettings, min_images: int
) -> dict[str, Any]:
    """Groups all faces by the clusterer that the recipe chooses on them, and scores some of the groups.

    Labels are read when the groups are there: pairwise and BCubed precision, recall and F are those of the
    ``n_faces`` faces of the ``n_people`` people with ``min_images`` or more, and None if fewer than two
    people have as many. ``n_clusters`` counts the groups of all faces; a face in no group is not one.
    """
    found = cluster(embeddings, settings).predict(embeddings.x)
    counts = Counter(label for label in labels if label is not None)
    kept = [i for i, label in enumerate(labels) if label is not None and counts[label] >= min_images]
    truth = [str(labels[i]) for i in kept]
    names = tuple(
        f"{way}_{figure}" for way in ("pairwise", "bcubed") for figure in ("precision", "recall", "f")
    )
    scores = dict.fromkeys(names) if len(set(truth)) < 2 else label_metrics(truth, found[kept])
    return {
        "n_faces": len(kept),
        "n_people": len(set(truth)),
        "n_clusters": len(np.unique(found[found >= 0])),
        **{name: scores[name] for name in names},
    }
