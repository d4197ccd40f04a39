"""Figures that speak for or against a model without labels; blessing looks at them."""

from __future__ import annotations

from typing import Any

import numpy as np

from components.evaluate.figures.collapse import effective_rank, mega_cluster
from components.evaluate.search.candidates import density_of
from components.evaluate.search.criteria import Candidate
from components.evaluate.search.implied_mixture import implied_mixture
from models.clustering.rules.mixture import mixture_log_likelihood

MOST_ROWS = 5000  # for the effective rank and the neighbours; of more rows a seeded sample is taken


def health(
    embeddings: np.ndarray,
    points: np.ndarray,
    clusters: np.ndarray,
    splits: tuple[np.ndarray, np.ndarray],
    estimator: Any,
    best: Candidate,
    reg_covar: float,
) -> dict[str, Any]:
    """Label-free figures of embeddings (n, d), points (n, m) in the clusterer's space, clusters (n,).

    ``splits`` are the indices of train and eval rows. Returns ``held_out``, which is ``held_out_gain`` or
    None without eval rows; ``stability`` and ``stability_interval`` of the chosen candidate;
    ``effective_rank`` and ``dimension`` of the embedding; and ``mega_cluster`` of ``collapse``.
    """
    train, held = splits
    chosen = np.arange(len(embeddings))
    if len(chosen) > MOST_ROWS:
        chosen = np.sort(np.random.default_rng(0).choice(len(chosen), MOST_ROWS, replace=False))
    return {
        "held_out": held_out_gain(points[train], points[held], estimator, reg_covar) if len(held) else None,
        "stability": best.stability,
        "stability_interval": None if best.stability_interval is None else list(best.stability_interval),
        "effective_rank": effective_rank(embeddings[chosen]),
        "dimension": embeddings.shape[1],
        "mega_cluster": mega_cluster(points[chosen], clusters[chosen]),
    }


def held_out_gain(
    train: np.ndarray, held: np.ndarray, estimator: Any, reg_covar: float
) -> dict[str, float | int]:
    """How much better the grouping predicts held-out rows than one Gaussian does, in nats for each face.

    ``log_likelihood`` is the mean over held (m, d) under the mixture that was fitted, or that the grouping of
    train (n, d) implies. ``one_gaussian`` is the mean under a single Gaussian of train, and ``gain`` their
    difference, with its ``standard_error`` over the m rows.
    """
    density = density_of(estimator, train, reg_covar)
    alone = implied_mixture(train, np.zeros(len(train), np.int64), reg_covar)
    first, second = mixture_log_likelihood(density, held), mixture_log_likelihood(alone, held)
    gain = first - second
    error = float(gain.std(ddof=1) / np.sqrt(len(gain))) if len(gain) > 1 else float("nan")
    return {
        "log_likelihood": float(first.mean()),
        "one_gaussian": float(second.mean()),
        "gain": float(gain.mean()),
        "standard_error": error,
        "n": len(held),
    }


def unknown_share(unknown: np.ndarray) -> dict[str, Any]:
    """The ``share`` of faces that a model finds unlike what it learned from, of ``n``: bool (n,), n >= 1."""
    return {"share": float(np.mean(unknown)), "n": len(unknown)}
