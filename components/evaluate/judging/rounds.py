"""Judges the embedding after each round of pseudo-identities by labels, when all is fitted and chosen."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluate.figures.metrics import label_metrics
from components.evaluate.figures.verification import verify
from components.evaluate.search.folds import build_kind, fitted_on
from components.evaluate.search.reduction import fit_reduction
from components.evaluate.search.selection import Clustering
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable, photo_rows
from components.faces import outputs_of
from components.pairs.files import Pairs
from models.clustering.rows import Rows

GROUPED = ("pairwise_precision", "pairwise_recall", "pairwise_f", "bcubed_f")


def judged_rounds(
    encoder: Any, faces: FaceTable, clustering: Clustering, settings: SelectionSettings, pairs: Pairs
) -> list[dict[str, Any]]:
    """A row before the rounds and one after each, for an ``encoder`` with a signature ``stages``.

    Each has ``round`` and the figures of ``verify`` on the pairs. For all labelled faces, grouped by the kind
    of clusterer that was chosen for the last stage, it has ``n_clusters``, pairwise precision, recall and F,
    and BCubed F. A round that was undone repeats the row before.
    """
    stages = np.stack(outputs_of(encoder.stages, faces.chips)["stages"])
    photos = faces.photos()
    rows: list[dict[str, Any]] = []
    for number in range(stages.shape[1]):
        embeddings = stages[:, number]
        if number and np.array_equal(embeddings, stages[:, number - 1]):
            rows.append({**rows[-1], "round": number})
            continue
        clusters = all_grouped(Rows(embeddings, photos), clustering, settings)
        found = label_metrics(faces.labels, clusters)
        rows.append(
            {
                "round": number,
                **verify(embeddings, photo_rows(faces), pairs),
                "n_clusters": len(np.unique(clusters[clusters >= 0])),
                **{name: found[name] for name in GROUPED},
            }
        )
    return rows


def all_grouped(embeddings: Rows, clustering: Clustering, settings: SelectionSettings) -> np.ndarray:
    """Clusters (n,) of the embeddings by the chosen kind, fitted on all of them in the recipe's space."""
    share = None if settings.reduction == "none" else settings.pca_variance
    limits = share, settings.max_dimension, settings.whiten, settings.random_state
    points = fit_reduction(embeddings.x, *limits).linear(embeddings.x)
    best = clustering.selection.best
    asked = None if best.finds_number else best.n_clusters
    unfitted = build_kind(best.kind, asked, settings.random_state, settings)
    clusters: np.ndarray = fitted_on(embeddings.moved_to(points), unfitted).labels_
    return clusters
