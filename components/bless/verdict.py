"""From an evaluation and a recipe to the verdict; no TFX."""

from typing import Any

import numpy as np

from components.evaluate.blessing import Verdict, decide
from components.evaluate.metrics import label_metrics
from components.faces import FaceTable, outputs_of
from components.reconstruction import reconstruct

COMPARED_LABEL_METRICS = ("ari", "pairwise_f")


def current_metrics(facts: dict[str, Any]) -> dict[str, Any]:
    """The figures that blessing looks at, by the names of ``components.evaluate.blessing.METRICS``."""
    evaluated = facts["metrics"].get("eval", {})
    whole = facts["metrics"]["all"]
    names = ("silhouette", "n_clusters", "largest_cluster_share", "n_singletons")
    return {
        "eval_reconstruction_mse": evaluated.get("reconstruction_mse"),
        **{name: whole[name] for name in names},
        **{name: evaluated[name] for name in COMPARED_LABEL_METRICS if evaluated.get(name) is not None},
    }


def comparable_metrics(model: Any, faces: FaceTable) -> dict[str, Any]:
    """An earlier served model's figures on this eval split: only those that no space of its own decides."""
    evaluated = faces.rows("eval")
    labels = [faces.labels[i] for i in evaluated]
    errors, _ = reconstruct(model, faces)
    clusters = np.array(outputs_of(model.serving_default, faces.requests(model, evaluated))["cluster"])
    found = label_metrics(labels, clusters)
    return {
        "eval_reconstruction_mse": errors.get("reconstruction_mse"),
        **{name: found[name] for name in COMPARED_LABEL_METRICS if found.get(name) is not None},
    }


def judge(facts: dict[str, Any], earlier: dict[str, Any] | None, recipe: dict[str, Any]) -> Verdict:
    """The verdict under the recipe's thresholds and tolerances.

    Label metrics take part where both models have them; a larger reconstruction error than the
    earlier model's is allowed up to ``tolerance`` times that error. A model without a decoder has no
    such error, and is not judged by it.
    """
    current = current_metrics(facts)
    thresholds = {
        "eval_reconstruction_mse": {"max": recipe["max_reconstruction_mse"]},
        "n_clusters": {"min": recipe["min_clusters"]},
        "largest_cluster_share": {"max": recipe["max_largest_cluster_share"]},
    }
    tolerances = {}
    if not facts["decodes"]:
        del thresholds["eval_reconstruction_mse"]
    if earlier is not None:
        if facts["decodes"]:
            tolerances["eval_reconstruction_mse"] = recipe["tolerance"] * (
                earlier["eval_reconstruction_mse"] or 0.0
            )
        for name in COMPARED_LABEL_METRICS:
            if name in current and name in earlier:
                tolerances[name] = recipe["tolerance"]
    return decide(current, earlier, thresholds, tolerances)
