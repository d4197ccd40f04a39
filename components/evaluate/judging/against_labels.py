"""Judges the choice by labels after it was made: intervals, slices, pairs and seeds."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluate.figures.bands import roc_band, verification_intervals
from components.evaluate.figures.intervals import label_intervals, spread_over_seeds
from components.evaluate.figures.metrics import cluster_metrics, label_metrics
from components.evaluate.figures.roc import verification_roc
from components.evaluate.figures.slices import groups_of_pairs, label_slices, sliceable, verification_slices
from components.evaluate.figures.verification import figures_of, score_pairs
from components.evaluate.search.selection import Clustering, refitted
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable, photo_rows
from components.pairs.files import Pairs
from components.photo_attributes import Attributes, groups_of
from models.clustering.clusterers import CLUSTERERS
from models.clustering.rows import Rows
from models.subspaces.consensus import mutual_agreement

SEEDS = 5
SEEDED_FIGURES = ("ari", "pairwise_f", "bcubed_f")


def with_labels(faces: FaceTable, clusters: np.ndarray) -> dict[str, Any]:
    """Intervals over identities for the figures of the eval split, and of all faces."""
    table = {}
    for split in ("eval", "all"):
        rows = np.array(faces.rows("eval") if split == "eval" else range(len(faces)), int)
        table[split] = label_intervals([faces.labels[i] for i in rows], clusters[rows])
    return table


def over_seeds(
    faces: FaceTable,
    points: np.ndarray,
    founding: np.ndarray,
    clustering: Clustering,
    settings: SelectionSettings,
) -> dict[str, Any]:
    """How far figures vary when the chosen clusterer is fitted from five seeds.

    It is fitted on the rows ``founding`` of points (n, m). Returns ``spread_over_seeds`` for each figure of
    the eval split that needs labels, and for the silhouette of all rows. A consensus of groupings is not
    fitted anew: its own groupings, each from a seed of its own, stand in, as ``of_groupings``. Of a clusterer
    that reads groups which a network has told there is nothing to tell: {}.
    """
    if CLUSTERERS[clustering.selection.best.clusterer].reads_groups:
        return {}
    if hasattr(clustering.estimator, "partitions_"):
        return of_groupings(clustering.estimator.partitions_)
    held = np.array(faces.rows("eval"), int)
    labels = [faces.labels[i] for i in held]
    founders = Rows(points, faces.photos()).part(founding)
    runs, figures = [], []
    for seed in range(settings.random_state, settings.random_state + SEEDS):
        estimator = refitted(founders, clustering.selection.best, settings, seed)
        clusters = estimator.predict(points)
        runs.append(cluster_metrics(points, clusters, settings.random_state))
        figures.append(label_metrics(labels, clusters[held]))
    table = {"silhouette": spread_over_seeds([run["silhouette"] for run in runs], runs)}
    for name in SEEDED_FIGURES:
        table[name] = spread_over_seeds([figure[name] for figure in figures], runs)
    return table


def of_groupings(partitions: np.ndarray) -> dict[str, Any]:
    """``agreement_of_groupings``: the spread of each grouping's mean ARI with the others, of (n, C)."""
    runs = [
        {
            "n_clusters": int((sizes > 0).sum()),
            "largest_cluster_share": float(sizes.max() / len(partitions)),
        }
        for sizes in map(np.bincount, partitions.T)
    ]
    return {"agreement_of_groupings": spread_over_seeds(mutual_agreement(partitions).tolist(), runs)}


def founding_facts(
    faces: FaceTable,
    points: np.ndarray,
    founding: np.ndarray,
    clustering: Clustering,
    settings: SelectionSettings,
    clusters: np.ndarray,
) -> dict[str, Any] | None:
    """The effect of letting only the rows ``founding`` found groups; None if all train faces did.

    Returns ``n_founders`` of ``n_train`` faces, and the figures of all labelled faces (None without labels):
    ``with`` only the founders, which is the choice and its ``clusters`` (n,), and ``without`` the
    distinction, when all train faces found groups.
    """
    train = np.array(faces.rows("train"), int)
    if len(founding) == len(train):
        return None
    table: dict[str, Any] = {"n_founders": len(founding), "n_train": len(train)}
    every = refitted(Rows(points, faces.photos()).part(train), clustering.selection.best, settings)
    fits = {"with": (clustering.estimator, clusters), "without": (every, every.predict(points))}
    for name, (estimator, of_all) in fits.items():
        found = label_metrics(faces.labels, of_all)
        table[name] = {figure: found[figure] for figure in SEEDED_FIGURES}
        table[name] |= {"n_clusters": int(estimator.n_clusters_), "n_noise": int((of_all < 0).sum())}
    return table


def on_pairs(
    faces: FaceTable, embeddings: np.ndarray, pairs: Pairs, attributes: Attributes | None
) -> dict[str, Any]:
    """Verification on given pairs: figures, intervals, the ROC with its band, and slices by attribute.

    ``miner`` is the model that chose the pairs, None if none did, or nobody knows.
    """
    scored = score_pairs(embeddings, photo_rows(faces), pairs)
    columns = [] if attributes is None else sliceable(faces.image_paths, attributes)
    return {
        "miner": pairs.miner or None,
        "figures": figures_of(scored),
        **verification_intervals(scored),
        "roc": roc_band(scored),
        "slices": {
            column: verification_slices(scored, groups_of_pairs(pairs, scored, attributes, column))
            for column in columns
            if attributes is not None
        },
    }


def by_attribute(
    faces: FaceTable, embeddings: np.ndarray, clusters: np.ndarray, attributes: Attributes
) -> dict[str, Any]:
    """Every label metric and the AUC over pairs of eval faces, for each group of each attribute."""
    rows = np.array(faces.rows("eval"), int)
    labels = [faces.labels[i] for i in rows]
    table = {}
    for column in sliceable(faces.image_paths, attributes):
        of_all = groups_of(faces.image_paths, attributes, column)
        groups = [of_all[i] for i in rows]
        found = label_slices(labels, clusters[rows], groups)
        for name, entry in found["groups"].items():
            members = [i for i, group in zip(rows.tolist(), groups, strict=True) if group == name]
            curve = verification_roc(embeddings[members], [faces.labels[i] for i in members], "identity")
            entry["auc"] = curve.auc
        table[column] = found
    return table
