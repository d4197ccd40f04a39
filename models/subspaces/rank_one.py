"""Features that a matrix of rank one explains worst: the filter of Consensus Subspace Clustering."""

from __future__ import annotations

import numpy as np

from schemas.samples import batches_of

ROWS = 4096  # rows looked at together: no more than these are held twice
TOLERANCE = 1e-10  # of the squared singular value: what its vector may miss the equation by
MOST_STEPS = 1000


def kept_features(v: np.ndarray, share: float = 0.5, relative_error: bool = False) -> np.ndarray:
    """Indices int64 (floor(share * d),), ascending, of the features of v (n, d) with the largest residuals.

    Of equal residuals the lower index is kept. A residual grows with its feature's scale, so that the filter
    keeps loud features; by ``relative_error`` it is a share of the feature's sum. v holds finite numbers of
    at least 0. Raises ValueError on others, or a share that is not above 0 and at most 1 or leaves no
    feature.
    """
    v = non_negative(v)
    kept = n_kept(share, v.shape[1]) if 0 < share <= 1 else 0
    if kept < 1:
        raise ValueError(
            f"A share of {share} of {v.shape[1]} features leaves none, or is no share. Expected above 0, "
            "at most 1, and at least one feature. Take a larger share, or 1 for no filter."
        )
    errors = residuals(v, *rank_one(v), relative_error)
    return np.sort(np.argsort(-errors, kind="stable")[:kept])


def rank_one(
    v: np.ndarray, tolerance: float = TOLERANCE, max_steps: int = MOST_STEPS
) -> tuple[np.ndarray, np.ndarray]:
    """The best w (n,) and h (d,), float64, at least 0, for v (n, d) ~ w h'; h has length 1.

    In the Frobenius norm, the best non-negative matrix factorisation of rank one of v >= 0 is its leading
    singular pair, which Perron and Frobenius say is non-negative: h is the leading right singular vector, w
    is v h. Power iteration on v'v from v' 1, a block of rows at a time, ends when |v'v h - (h'v'v h) h| is at
    most ``tolerance`` of h'v'v h, and at the latest after ``max_steps``. That start holds at least
    1 / sqrt(n) of the leading vector, so that it can't be missed; if the two largest singular values are
    nearly equal, h may be a mix of their vectors, which explains v as well. Both are 0 where v is. Raises
    ValueError on numbers that are negative or not finite.
    """
    v = non_negative(v)
    h = _transposed_product(v, np.ones(len(v)))
    length = np.linalg.norm(h)
    if length == 0:
        return np.zeros(len(v)), h
    h /= length
    for _ in range(max_steps):
        image = np.zeros(v.shape[1])
        for block in batches_of(len(v), ROWS):
            rows = np.asarray(v[block], np.float64)
            image += rows.T @ (rows @ h)
        squared = h @ image  # of the singular value
        missed = np.linalg.norm(image - squared * h)
        h = image / np.linalg.norm(image)
        if missed <= tolerance * squared:
            break
    w = np.concatenate([np.asarray(v[block], np.float64) @ h for block in batches_of(len(v), ROWS)])
    return w, h


def n_kept(share: float, width: int) -> int:
    """How many of ``width`` features a share is: the whole number below; 29 of 0.29 * 100, 28.99...96."""
    return int(share * width + 1e-9)


def residuals(v: np.ndarray, w: np.ndarray, h: np.ndarray, relative_error: bool = False) -> np.ndarray:
    """e_j = sum_i |v_ij - w_i h_j| of each feature of v (n, d), float64 (d,).

    With ``relative_error`` it is divided by the feature's sum of |v_ij|, and 0 for one that is always 0.
    """
    errors, sums = np.zeros(v.shape[1]), np.zeros(v.shape[1])
    for block in batches_of(len(v), ROWS):
        rows = np.asarray(v[block], np.float64)
        errors += np.abs(rows - np.outer(w[block], h)).sum(axis=0)
        sums += np.abs(rows).sum(axis=0)
    if relative_error:
        return np.divide(errors, sums, out=np.zeros(len(sums)), where=sums > 0)
    return errors


def non_negative(v: np.ndarray) -> np.ndarray:
    """v (n, d) as it is; raises ValueError on another rank, nothing, or numbers negative or not finite."""
    v = np.asarray(v)
    if v.ndim != 2 or 0 in v.shape:
        raise ValueError(f"Expected features of shape (n, d), n and d at least 1; received shape {v.shape}.")
    least = v.min()  # NaN if there is any
    if not (least >= 0 and np.isfinite(v.max())):
        raise ValueError(
            f"Expected finite features of at least 0, received some from {least} to {v.max()}. "
            "End the layer that makes them with a ReLU."
        )
    return v


def _transposed_product(v: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """v' weights (d,) float64, a block of rows at a time."""
    out = np.zeros(v.shape[1])
    for block in batches_of(len(v), ROWS):
        out += np.asarray(v[block], np.float64).T @ weights[block]
    return out
