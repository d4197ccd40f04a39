"""How close latents are to draws of N(0, I)."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 2000  # rows compared; the kernel matrices grow with their square
MOST_MEAN, VARIANCES, TOO_WIDE = 0.5, (0.5, 2.0), 1.2  # what counts as near normal
DRAWS = 200  # of the prior against itself, for the spread of the statistic under the prior


def normality_figures(latents: np.ndarray, random_state: int = 0) -> dict[str, Any]:
    """Per-dimension moments and the maximum mean discrepancy of latents (n, d) against N(0, I).

    Returns:
        - ``largest_mean``: the largest absolute mean of a dimension.
        - ``smallest_variance`` and ``largest_variance`` of a dimension.
        - ``mmd2``: the unbiased estimate of MMD^2 (Gretton et al. 2012) against as many draws of the prior,
          with the inverse multiquadric kernel 2 d / (2 d + |a - b|^2) (Tolstikhin et al. 2018).
        - ``mmd2_prior_95``: the 95% quantile of MMD^2 between two samples of the prior of that size.
        - ``mmd2_too_wide``: MMD^2 for draws that are 1.2 times too wide.
        - ``near_normal``: whether no mean is beyond 0.5, all variances are from 0.5 to 2, and ``mmd2`` is
          below ``mmd2_too_wide``. With many latents of a trained network the difference from the prior is
          always measurable; this tells whether it matters.
    """
    latents = np.asarray(latents, np.float64)
    generator = np.random.default_rng(random_state)
    n, d = latents.shape
    rows = latents if n <= MOST else latents[generator.choice(n, MOST, replace=False)]
    variances = latents.var(axis=0)
    under_prior = [
        mmd2(generator.standard_normal((len(rows), d)), generator.standard_normal((len(rows), d)))
        for _ in range(DRAWS if len(rows) <= 500 else 20)
    ]
    prior = generator.standard_normal((2, len(rows), d))
    figures = {
        "largest_mean": float(np.abs(latents.mean(axis=0)).max()),
        "smallest_variance": float(variances.min()),
        "largest_variance": float(variances.max()),
        "mmd2": mmd2(rows, prior[0]),
        "mmd2_prior_95": float(np.quantile(under_prior, 0.95)),
        "mmd2_too_wide": mmd2(TOO_WIDE * prior[1], prior[0]),
    }
    moments = figures["largest_mean"] <= MOST_MEAN and VARIANCES[0] <= variances.min()
    moments = moments and variances.max() <= VARIANCES[1]
    return {**figures, "near_normal": bool(moments and figures["mmd2"] < figures["mmd2_too_wide"])}


def mmd2(a: np.ndarray, b: np.ndarray) -> float:
    """The unbiased MMD^2 of samples a (n, d) and b (m, d), n and m at least 2; near 0 for equal laws."""
    scale = 2.0 * a.shape[1]

    def kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        squared = (x * x).sum(axis=1)[:, None] + (y * y).sum(axis=1)[None] - 2.0 * x @ y.T
        return scale / (scale + np.maximum(squared, 0.0))

    def without_diagonal(x: np.ndarray) -> float:
        return (kernel(x, x).sum() - len(x)) / (len(x) * (len(x) - 1))

    return float(without_diagonal(a) + without_diagonal(b) - 2.0 * kernel(a, b).mean())
