"""How certain the figures of a grouping are: over the people in the photos, and over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from components.evaluate.figures.agreement import COUNTS, NAMES, agreement, cells_of
from components.evaluate.figures.metrics import labelled, plain_value
from schemas.samples import batches_of

REPLICATES = 200
LEVEL = 0.95
CELLS_AT_ONCE = 2_000_000  # cells times replicates: bounds memory
COLLAPSED_SHARE = 0.9  # of all faces in one cluster
RANGES = {"ari": (-0.5, 1.0), "ami": (-np.inf, 1.0)} | dict.fromkeys(COUNTS, (0.0, np.inf))


def label_intervals(
    labels: Sequence[str | None],
    clusters: np.ndarray,
    n_replicates: int = REPLICATES,
    random_state: int = 0,
) -> dict[str, Any]:
    """95% interval of every figure of ``metrics.label_metrics``, by a bootstrap over identities.

    As many people as there are are drawn with replacement, each with all faces. A person who is drawn twice
    counts as two people. These two share their clusters by construction, which says nothing about the
    clusterer, so that they are not compared with each other (see ``agreement``). Otherwise a grouping without
    an error would have a precision near 0.6.

    A replicate holds fewer different people than there are, which makes some figures (moves, purity, acc) too
    good in all replicates. Therefore the interval is the percentiles of the replicates, moved by the distance
    of their mean from the figure (``bias``), and limited to the figure's range.

    Args:
        labels: one for each face, or None; faces without a label are left out.
        clusters: (n,) int; noise, -1, counts as a group of its own.
        n_replicates: at least 2.
        random_state: of the draws.

    Returns:
        ``level``, ``n_replicates``, ``n_identities``, and ``intervals``: name to {"value", "low", "high",
        "bias", "n_defined"}. ``n_defined`` is the number of replicates in which the figure is defined; low,
        high and bias are None if it is below 2. With fewer than 2 identities ``intervals`` is empty, and
        ``undefined`` says why.

    Raises:
        ValueError: different lengths, or fewer than 2 replicates.
    """
    clusters = np.asarray(clusters)
    if len(labels) != len(clusters):
        raise ValueError(f"Expected one label a face: received {len(labels)} for {len(clusters)} faces.")
    if n_replicates < 2:
        raise ValueError(f"Expected at least 2 replicates for an interval; received {n_replicates}.")
    truth = [label for label in labels if label is not None]
    n_identities = len(set(truth))
    about = {"level": LEVEL, "n_replicates": n_replicates, "n_identities": n_identities}
    if n_identities < 2:
        why = f"{n_identities} identities cannot be drawn anew; at least 2 are needed"
        return {**about, "intervals": {}, "undefined": why}
    cells = cells_of(truth, clusters[labelled(labels)])
    values = agreement(cells, np.ones((1, n_identities)))
    weights = draws(n_identities, n_replicates, random_state)
    size = max(1, CELLS_AT_ONCE // len(cells.faces))
    parts = [agreement(cells, weights[part]) for part in batches_of(n_replicates, size)]
    intervals = {
        name: interval(name, values[name][0], np.concatenate([part[name] for part in parts]))
        for name in NAMES
    }
    return {**about, "intervals": intervals, "undefined": None}


def draws(n: int, n_replicates: int, random_state: int = 0) -> np.ndarray:
    """How often each of n things is drawn in each replicate: int64 (n_replicates, n); rows sum to n."""
    generator = np.random.default_rng(random_state)
    return generator.multinomial(n, np.full(n, 1 / n), n_replicates)


def interval(name: str, value: float, replicates: np.ndarray) -> dict[str, Any]:
    """The interval of one figure: its replicates' percentiles, moved by their bias, within its range.

    ``replicates`` is (r,) float64, NaN where the figure is undefined. Figures that are not in ``RANGES`` are
    shares.
    """
    known = replicates[np.isfinite(replicates)]
    found = {"value": plain_value(name, value), "low": None, "high": None, "bias": None}
    if len(known) > 1 and np.isfinite(value):
        bias = float(known.mean() - value)
        ends = np.percentile(known, [50 * (1 - LEVEL), 50 * (1 + LEVEL)]) - bias
        low, high = np.clip(ends, *RANGES.get(name, (0.0, 1.0)))
        # If nearly all replicates are equal, their mean can be outside the percentiles.
        found |= {"low": float(min(low, value)), "high": float(max(high, value)), "bias": bias}
    return found | {"n_defined": len(known)}


def spread_over_seeds(
    values: Sequence[float | None], runs: Sequence[Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Mean and deviation of one figure over runs that only differ by their seed.

    Args:
        values: the figure of each run, None if the run has none.
        runs: ``n_clusters`` and ``largest_cluster_share`` of each run, as in ``metrics.cluster_metrics``.

    Returns:
        ``mean`` and ``deviation`` (n - 1 in the denominator; None for fewer than two) of the values that are
        not None, their number ``n``, ``n_undefined``, and ``n_collapsed``: runs with fewer than 2 clusters or
        more than 90% of the faces in one (None without ``runs``). Collapsed runs are part of the mean.

    Raises:
        ValueError: ``runs`` has another length than ``values``.
    """
    if runs is not None and len(runs) != len(values):
        raise ValueError(f"Expected one run a value: received {len(runs)} for {len(values)} values.")
    known = [float(value) for value in values if value is not None]
    return {
        "mean": float(np.mean(known)) if known else None,
        "deviation": float(np.std(known, ddof=1)) if len(known) > 1 else None,
        "n": len(known),
        "n_undefined": len(values) - len(known),
        "n_collapsed": None if runs is None else sum(collapsed(run) for run in runs),
    }


def collapsed(run: Mapping[str, Any]) -> bool:
    """Whether a grouping says nothing: fewer than 2 clusters, or more than 90% of the faces in one."""
    return bool(run["n_clusters"] < 2 or run["largest_cluster_share"] > COLLAPSED_SHARE)
