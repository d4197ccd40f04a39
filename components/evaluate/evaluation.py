"""One evaluation: from embeddings to the chosen clusterer and all figures about it. It imports no TFX."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from components.evaluate.figures.health import health, unknown_share
from components.evaluate.figures.metrics import cluster_metrics, label_metrics
from components.evaluate.figures.quality import founders, quality_of
from components.evaluate.figures.roc import verification_roc
from components.evaluate.figures.tightness import tightness
from components.evaluate.judging.against_labels import founding_facts, over_seeds, with_labels
from components.evaluate.search.projection import project
from components.evaluate.search.selection import Clustering, cluster
from components.evaluate.search.settings import SelectionSettings
from components.face_table import FaceTable
from models.clustering.rows import Rows
from models.clustering.rules.assignment import Assignment, Rule, is_unknown, unknown_below
from models.clustering.rules.exemplars import exemplars_of


def evaluate(
    faces: FaceTable,
    embeddings: np.ndarray,
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
    norms: np.ndarray | None = None,
) -> tuple[Clustering, dict[str, Any], dict[str, np.ndarray]]:
    """Chooses and fits a clusterer on the train embeddings, then judges it on every split.

    The share ``settings.founders`` of the train faces, those of highest quality, founds groups. All others
    are only assigned, as the eval faces are.

    Args:
        faces: n faces in the splits "train" and "eval"; labels are only read after the choice.
        embeddings: (n, d) float32.
        settings: what is searched.
        progress: called as ``progress(done, total)`` while the grid is searched.
        norms: (n,), the embeddings' lengths before they were scaled to 1, if the model gives them.

    Returns:
        The clustering; facts for JSON (selection, unknown_below, servable, tightness, metrics, roc, health,
        intervals, seeds, threshold, quality); arrays (embedding, points, cluster, probability, unknown,
        familiarity, projection, projection_index, and quality and weakest if they are known).

    Raises:
        ValueError: there are no train faces, or nothing that can be clustered.
    """
    train, held = (np.array(faces.rows(split), int) for split in ("train", "eval"))
    quality = quality_of(faces, norms)
    founding = founders(quality, train, settings.founders)
    clustering = cluster(Rows(embeddings, faces.photos()).part(founding), settings, progress)
    points = clustering.transform(embeddings)
    rule = clustering.estimator.rule_
    found = rule.assign(points)
    below = unknown_below(rule, points[founding], clustering.estimator.labels_)
    clusters = found.cluster
    chosen = clustering.selection.best
    unknown = is_unknown(found, below)
    of_health = health(
        embeddings, points, clusters, (founding, held), clustering.estimator, chosen, settings.reg_covar
    )
    facts = {
        "selection": clustering.selection.as_dict(),
        "unknown_below": below,
        "servable": clustering.reduction.space.servable,
        "tightness": {str(t.cluster): t.tightness for t in tightness(points, clusters)},
        "metrics": metrics_of(faces, points, clusters, settings.random_state),
        "roc": curves_of(faces, embeddings, clusters),
        "health": of_health | {"unknown": unknown_share(unknown[held if len(held) else founding])},
        "intervals": with_labels(faces, clusters),
        "seeds": over_seeds(faces, points, founding, clustering, settings),
        "threshold": threshold_of(clustering),
        "quality": founding_facts(faces, points, founding, clustering, settings, clusters),
    }
    arrays = {"embedding": embeddings, **arrays_of(points, found, below, settings.random_state)}
    if quality is not None:
        arrays |= {"quality": quality.score, "weakest": quality.weakest}
    return clustering, facts, arrays


def arrays_of(
    points: np.ndarray, found: Assignment, below: float, random_state: int
) -> dict[str, np.ndarray]:
    """The arrays to keep of points (n, m): how each was assigned, and where it is drawn."""
    shown = project(points, random_state)
    return {
        "points": points.astype(np.float32),
        "cluster": found.cluster,
        "probability": np.where(found.cluster < 0, np.nan, found.confidence),
        "familiarity": found.familiarity,
        "unknown": is_unknown(found, below),
        "projection": shown.points,
        "projection_index": shown.indices,
    }


def threshold_of(clustering: Clustering) -> dict[str, Any] | None:
    """How the height that tells people apart was chosen; None if the clusterer has no such height."""
    threshold = getattr(clustering.estimator, "threshold_", None)
    return None if threshold is None else threshold.facts()


def metrics_of(
    faces: FaceTable, points: np.ndarray, clusters: np.ndarray, random_state: int = 0
) -> dict[str, dict[str, Any]]:
    """Figures of the "train", "eval" and "all" faces. Those that need labels are None without them."""
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
    """The ROC over pairs of labelled eval faces, and that of P0's protocol, which takes clusters as truth."""
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
        **graph_rule(clustering, arrays).arrays(),
    )


def graph_rule(clustering: Clustering, arrays: dict[str, Any]) -> Rule:
    """The rule that a served graph can evaluate, in a space that it can map to.

    A graph cannot map to a manifold. All faces then become exemplars of their clusters on the axes, so that
    the model can be assembled and looked at. Blessing refuses it.
    """
    if clustering.reduction.space.servable:
        rule: Rule = clustering.estimator.rule_
        return rule
    points = clustering.reduction.linear(arrays["embedding"])
    return exemplars_of(points, arrays["cluster"], 0)
