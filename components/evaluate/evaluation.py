"""One evaluation: embeddings in, the chosen clusterer and all figures about it out; no TFX."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from components.evaluate.metrics import cluster_metrics, label_metrics
from components.evaluate.projection import project
from components.evaluate.roc import verification_roc
from components.evaluate.selection import Clustering, cluster
from components.evaluate.settings import SelectionSettings
from components.evaluate.tightness import tightness
from components.faces import FaceTable
from models.assignment import assign, is_unknown, rule_arrays, rule_of, unknown_below


def settings_from(values: dict[str, Any]) -> SelectionSettings:
    """The selection's settings out of a recipe's dict; lists become tuples."""
    names = {f.name for f in dataclasses.fields(SelectionSettings)}
    chosen: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in names
    }
    return SelectionSettings(**chosen)


def evaluate(
    faces: FaceTable, embeddings: np.ndarray, settings: SelectionSettings, progress=None
) -> tuple[Clustering, dict[str, Any], dict[str, np.ndarray]]:
    """Chooses and fits a clusterer on the train embeddings, then judges it on every split.

    Args:
        faces: n faces, splits "train" and "eval"; labels are read after the choice only.
        embeddings: (n, d) float32.
        settings: what is searched.
        progress: called as ``progress(done, total)`` while the grid is searched.

    Returns:
        The clustering; ``facts`` for JSON (selection, metrics, roc, tightness, unknown_below); arrays
        (embedding, cluster, probability, unknown, projection, projection_index).

    Raises:
        ValueError: no train faces, or nothing that can be clustered.
    """
    train = np.array(faces.rows("train"), int)
    clustering = cluster(embeddings[train], settings, progress)
    points = clustering.transform(embeddings)
    rule = rule_of(clustering.estimator)
    found = assign(rule, points)
    below = unknown_below(rule, points[train], found.cluster[train])
    clusters = found.cluster
    shown = project(points, settings.random_state)
    arrays = {
        "embedding": embeddings,
        "cluster": clusters,
        "probability": np.where(clusters < 0, np.nan, found.confidence),
        "unknown": is_unknown(found, below),
        "projection": shown.points,
        "projection_index": shown.indices,
    }
    facts = {
        "selection": clustering.selection.as_dict(),
        "unknown_below": below,
        "tightness": {str(t.cluster): t.tightness for t in tightness(points, clusters)},
        "metrics": metrics_of(faces, points, clusters, settings.random_state),
        "roc": curves_of(faces, embeddings, clusters),
    }
    return clustering, facts, arrays


def metrics_of(
    faces: FaceTable, points: np.ndarray, clusters: np.ndarray, random_state: int = 0
) -> dict[str, dict[str, Any]]:
    """Figures of "train", "eval" and "all" faces; those that need labels only where there are labels."""
    table = {}
    for split in ("train", "eval", "all"):
        rows = np.arange(len(faces)) if split == "all" else np.array(faces.rows(split), int)
        if not len(rows):
            continue
        labels = [faces.labels[i] for i in rows]
        table[split] = {
            **label_metrics(labels, clusters[rows]),
            **cluster_metrics(points[rows], clusters[rows], random_state),
        }
    return table


def curves_of(faces: FaceTable, embeddings: np.ndarray, clusters: np.ndarray) -> list[dict[str, Any]]:
    """ROC over pairs of the eval split's labelled faces, and P0's protocol with the clusters as truth."""
    rows = np.array(faces.rows("eval"), int)
    labels = [faces.labels[i] for i in rows]
    truths = {"identity": labels, "self_label": [str(c) for c in clusters[rows]]}
    curves = [verification_roc(embeddings[rows], truth, protocol) for protocol, truth in truths.items()]
    names = {"identity": "same person?", "self_label": "same cluster? (P0's protocol)"}
    return [{"name": names[roc.protocol], **roc.as_dict()} for roc in curves]


def write_evaluation(
    folder: Path, clustering: Clustering, facts: dict[str, Any], arrays: dict[str, Any]
) -> None:
    """Writes ``evaluation.json``, ``arrays.npz`` and ``clustering.npz``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.json").write_text(json.dumps(facts))
    np.savez(folder / "arrays.npz", **arrays)
    np.savez(
        folder / "clustering.npz",
        reduction_mean=clustering.reduction.mean,
        reduction_projection=clustering.reduction.projection,
        unknown_below=facts["unknown_below"],
        **rule_arrays(served_rule_of(clustering, arrays)),
    )


def read_evaluation(folder: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What ``write_evaluation`` wrote: facts and arrays."""
    with np.load(folder / "arrays.npz") as arrays:
        return json.loads((folder / "evaluation.json").read_text()), dict(arrays)
