"""P4's own protocol: real and simulated pictures, a Gaussian mixture each in two dimensions, and KL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from components.evaluate.judging.two_samples import compare_sets
from components.evaluate.search.reduction import Reduction, reduce
from components.evaluate.search.selection import Clustering, cluster
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rows import Rows
from models.clustering.rules.mixture import Mixture, mixture_log_likelihood

SPACES = ("pca", "tsne")
PAPER_COMPONENTS = 10
PAPER = {  # P4's tables: what it reports for its own pictures, in a space that is not ours
    "real": {"aic": 9385.3, "bic": 9652.4, "cv": "-6.74 to -6.95", "bic_mean": 9654.6, "bic_deviation": 4.5},
    "simulated": {
        "aic": 8867.7,
        "bic": 9134.7,
        "cv": "-6.42 to -6.54",
        "bic_mean": 9104.9,
        "bic_deviation": 4.1,
    },
    "kmeans": {
        "real": {"aic": 983082.6, "bic": 3207986.1, "cv": "-9.86"},
        "simulated": {"aic": 983083.7, "bic": 3207987.2, "cv": "-10.24"},
    },
    "kl": 0.6978,
    "n": 683,
    "n_components": PAPER_COMPONENTS,
}


def p4_protocol(
    embeddings: np.ndarray, labels: Sequence[str | None], settings: SelectionSettings
) -> dict[str, Any]:
    """P4's chapter 4 on embeddings (n, d): the two labels are the two sets, and "real" comes first.

    In each of two spaces, PCA and t-SNE of all rows in 2 dimensions, each set gets a full-covariance Gaussian
    mixture. Its number of components is chosen by BIC from 1 to 15, and is once P4's own 10. As in P4, the
    label decides which mixture a row is fitted to, and nothing else.

    Returns:
        ``names`` of the two sets; ``labels`` of the rows; ``paper``, P4's figures; ``spaces``: name to
        ``points`` (n, 2) as lists, ``sets`` (name to ``of_set``), and ``comparison`` of ``compare_sets``.
        Raises ValueError unless there are exactly two labels.
    """
    names = sorted({label for label in labels if label is not None}, key=real_first)
    if len(names) != 2:
        raise ValueError(
            f"protocol=p4 compares two sets. Expected pictures in two folders, real and simulated; received "
            f"{len(names)}: {', '.join(names) or 'none'}. Lay them out as DIR/real/*, DIR/fake/*."
        )
    truth = np.array([label or "" for label in labels])
    spaces = {}
    for space in SPACES:
        reduction, points = reduce(embeddings, space, 1.0, 2 if space == "pca" else 50, False, 0)
        sets = {name: of_set(points[truth == name], reduction, settings) for name in names}
        first, second = (points[truth == name] for name in names)
        mixtures = (sets[names[0]].pop("mixture"), sets[names[1]].pop("mixture"))
        spaces[space] = {
            "points": np.round(points, 4).tolist(),
            "sets": sets,
            "comparison": compare_sets(first, second, mixtures, reduction.space.name),
            "trustworthiness": reduction.space.trustworthiness,
            "servable": reduction.space.servable,
        }
    return {"names": names, "labels": truth.tolist(), "paper": PAPER, "spaces": spaces}


def real_first(name: str) -> tuple[bool, str]:
    """The key that sorts a set called real before any other."""
    return (not name.lower().startswith("real"), name)


def of_set(points: np.ndarray, reduction: Reduction, settings: SelectionSettings) -> dict[str, Any]:
    """The mixture of one set's points (n, 2): its criteria with n, parameters and space, and its shape.

    Returns ``candidates`` of 1 to 15 components; ``chosen``, the best by BIC; ``paper_k``, the candidate with
    P4's 10 components; ``kmeans``, k-means with as many clusters in the same space (P4's own k-means figures
    are of raw pixels); ``seeds``, BIC over ten seeds; ``assigned``, the component of each row; and ``means``,
    ``covariances``, ``weights`` and ``counts`` of the chosen mixture.
    """
    narrowed = settings.changed(
        clusterers=("gmm",),
        covariance_types=("full",),
        n_clusters=(1, 15),
        criterion="bic",
        choose_among="all",
        reduction="none",
        n_runs=1,  # a consensus is no mixture
    )
    found: Clustering = cluster(Rows(points, None), narrowed)
    mixture: Mixture = found.estimator.rule_
    # Back from the centred space of the search to the space that both sets share.
    mixture = replace(mixture, means=mixture.means + found.reduction.mean)
    told = settings.changed(clusterers=("kmeans",), n_clusters=PAPER_COMPONENTS, reduction="none")
    tenth = [c for c in found.selection.candidates if c.n_clusters == PAPER_COMPONENTS]
    candidates = [replace(c, space=reduction.space.name) for c in found.selection.candidates]
    seeds = found.selection.seeds
    return {
        "mixture": mixture,
        "n": len(points),
        "space": reduction.space.name,
        "candidates": [c.as_dict() for c in candidates],
        "chosen": found.selection.chosen,
        "paper_k": replace(tenth[0], space=reduction.space.name).as_dict() if tenth else None,
        "kmeans": replace(
            cluster(Rows(points, None), told).selection.best, space=reduction.space.name
        ).as_dict(),
        "seeds": None if seeds is None else seeds | {"space": reduction.space.name},
        "means": mixture.means.tolist(),
        "covariances": covariances(mixture).tolist(),
        "weights": mixture.weights.tolist(),
        "assigned": found.estimator.labels_.tolist(),
        "counts": np.bincount(found.estimator.labels_, minlength=len(mixture.weights)).tolist(),
        "mean_log_probability": float(mixture_log_likelihood(mixture, points).mean()),
    }


def covariances(mixture: Mixture) -> np.ndarray:
    """The covariance of every component: float64 (k, d, d)."""
    inverse = np.linalg.inv(mixture.precisions_cholesky)
    return inverse.transpose(0, 2, 1) @ inverse
