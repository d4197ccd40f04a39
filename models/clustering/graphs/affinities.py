"""How alike rows are, for spectral grouping: of their nearest neighbours alone, or of all pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from models.clustering.graphs.neighbour_graph import neighbour_graph, neighbours
from models.clustering.rows import checked
from models.clustering.rules.exemplars import squared_distances
from schemas.samples import batches_of, evenly_spread

MOST_DENSE_ROWS = 20_000  # of all pairs: 3.2 GB
MEDIAN_ROWS = 3000  # of which the median of the distances is taken
SCALE = 0.1  # of the median squared distance
BLOCK = 512  # rows whose distances are computed together


def self_tuning(x: np.ndarray, n_neighbors: int = 10, random_state: int | None = 0) -> csr_matrix:
    """exp(-d^2 / (s_i s_j)) of neighbours of rows x (n, d), s the distance to a row's 7th: (n, n) float64.

    Two rows are joined if either is among the other's ``n_neighbors`` nearest: the larger of both directions.
    ``neighbour_graph`` has the source, and what becomes of equal rows and of weights that round to 0.
    """
    return neighbour_graph(*neighbours(x, n_neighbors, random_state)).astype(np.float64)


def rbf(x: np.ndarray, n_neighbors: int = 0, random_state: int | None = 0) -> np.ndarray:
    """exp(-d^2 / s) of all pairs of rows x (n, d), 0 of a row with itself: dense (n, n) float64.

    s is a tenth of the median d^2 of all pairs (above 3,000 rows: of so many, evenly spread); if that is 0,
    only equal rows are alike. Neighbours and seed are not used. Raises ValueError for more than 20,000 rows.
    """
    if len(x) > MOST_DENSE_ROWS:
        raise ValueError(
            f'affinity="rbf" keeps a matrix of n x n: expected at most {MOST_DENSE_ROWS} rows, received '
            f'{len(x)}. Use affinity="self-tuning", whose graph grows with n.'
        )
    rows = checked(x)
    rows = rows - rows.mean(axis=0)  # keeps the sums of squares small, and so exact
    some = rows[evenly_spread(len(rows), MEDIAN_ROWS)]
    pairs = np.triu_indices(len(some), 1)
    scale = SCALE * float(np.median(squared_distances(some, some)[pairs])) if len(some) > 1 else 1.0
    out = np.empty((len(rows), len(rows)))
    for block in batches_of(len(rows), BLOCK):
        squared = squared_distances(rows[block], rows)
        out[block] = np.exp(-squared / scale) if scale > 0 else squared == 0
    np.fill_diagonal(out, 0)
    return np.maximum(out, out.T, out=out)  # their roundings differ


AFFINITIES: dict[str, Callable[[np.ndarray, int, int | None], csr_matrix | np.ndarray]] = {
    "self-tuning": self_tuning,
    "rbf": rbf,
}
