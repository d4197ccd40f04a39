"""Two sets of rows in one space, in P4 real and simulated: a mixture for each, and how far apart they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.clustering.rules.mixture import Mixture, gmm_n_parameters, mixture_log_likelihood, sample

N_SAMPLES = 10_000
BINS = 40
TAIL = 1.0  # per cent at either end that are outside of the bins, and only counted


def compare_sets(
    x: np.ndarray,
    y: np.ndarray,
    mixtures: tuple[Mixture, Mixture],
    space: str,
    n_samples: int = N_SAMPLES,
    random_state: int = 0,
) -> dict[str, Any]:
    """Compares rows x (n, d) with y (m, d) by the mixtures fitted on them (P4, chapter 4).

    Args:
        x: the first set, in P4 the real pictures.
        y: the second, in the same space.
        mixtures: those fitted to x and to y.
        space: names the space exactly, with its model and projection. Two outcomes can only be compared if
            they share it.
        n_samples: draws for each of the two Kullback-Leibler divergences, at least 2.
        random_state: of the draws.

    Returns:
        A dict for JSON: ``space``, ``dimension``; ``n_x``, ``n_y``; ``n_parameters_x``, ``n_parameters_y``
        (counted as those of a Gaussian mixture); ``kl_x_y`` and ``kl_y_x``, each of ``kl_divergence``;
        ``log_probability``, the ``histograms`` of log densities; and ``log_ratio``, those of
        log p_x - log p_y over the rows x and y. Over x its mean estimates KL(x || y) (P4, figure 21).

    Raises:
        ValueError: rows or mixtures of different dimensions, an empty set, or fewer than 2 draws.
    """
    dimension = mixtures[0].means.shape[1]
    shapes = {x.shape[1:], y.shape[1:], (dimension,), mixtures[1].means.shape[1:]}
    if len(shapes) > 1 or not len(x) or not len(y):
        raise ValueError(
            f"Expected rows and mixtures of one space, at least one row each; received rows {x.shape} and "
            f"{y.shape}, means {mixtures[0].means.shape} and {mixtures[1].means.shape}."
        )
    first, second = np.random.default_rng(random_state).spawn(2)
    found = log_probabilities(x, y, mixtures)
    counts = [gmm_n_parameters(len(m.weights), dimension, m.covariance_type) for m in mixtures]
    return {
        "space": space,
        "dimension": dimension,
        "n_x": len(x),
        "n_y": len(y),
        "n_parameters_x": counts[0],
        "n_parameters_y": counts[1],
        "kl_x_y": kl_divergence(mixtures[0], mixtures[1], n_samples, first),
        "kl_y_x": kl_divergence(mixtures[1], mixtures[0], n_samples, second),
        "log_probability": histograms(found),
        "log_ratio": histograms(
            {rows: found[f"{rows}_under_x"] - found[f"{rows}_under_y"] for rows in ("x", "y")}
        ),
    }


def kl_divergence(
    p: Mixture, q: Mixture, n_samples: int = N_SAMPLES, random_state: int | np.random.Generator = 0
) -> dict[str, Any]:
    """KL(p || q) in nats by Monte Carlo: the mean of log p - log q over draws from p.

    Returns ``value``, which may fall below 0 by chance, its ``standard_error`` and ``n``, the draws. Raises
    ValueError for fewer than 2 draws.
    """
    if n_samples < 2:
        raise ValueError(f"Expected at least 2 draws for a standard error; received {n_samples}.")
    rows = sample(p, n_samples, random_state)
    ratio = mixture_log_likelihood(p, rows) - mixture_log_likelihood(q, rows)
    error = float(ratio.std(ddof=1) / np.sqrt(n_samples))
    return {"value": float(ratio.mean()), "standard_error": error, "n": n_samples}


def log_probabilities(
    x: np.ndarray, y: np.ndarray, mixtures: tuple[Mixture, Mixture]
) -> dict[str, np.ndarray]:
    """Log density in nats of each row: ``x_under_x`` (n,), ``y_under_x`` (m,), ``x_under_y``, ``y_under_y``.

    ``x_under_y`` is the density of rows x under the mixture of y.
    """
    return {
        f"{rows}_under_{under}": mixture_log_likelihood(mixture, values)
        for under, mixture in zip("xy", mixtures, strict=True)
        for rows, values in (("x", x), ("y", y))
    }


def histograms(arrays: Mapping[str, np.ndarray], bins: int = BINS) -> dict[str, Any]:
    """Histograms over shared bins, for drawing. A few odd rows cannot stretch them.

    ``edges`` (bins + 1,) go from the lowest 1st percentile of the arrays to the highest 99th. Each name has
    ``counts`` (bins,), ``below`` and ``above`` (the rows outside), ``mean`` and ``median``.
    """
    ends = np.array([np.percentile(values, [TAIL, 100 - TAIL]) for values in arrays.values()])
    low, high = float(ends.min()), float(ends.max())
    edges = np.linspace(low, high if high > low else low + 1.0, bins + 1)
    table = {
        name: {
            "counts": np.histogram(values, edges)[0].tolist(),
            "below": int((values < edges[0]).sum()),
            "above": int((values > edges[-1]).sum()),
            "mean": float(values.mean()),
            "median": float(np.median(values)),
        }
        for name, values in arrays.items()
    }
    return {"edges": edges.tolist(), **table}
