"""How near two rows must be for an edge to mean that they are in one group, without labels."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.stats import norm

from models.clustering.graphs.neighbour_graph import (
    finite_rows,
    neighbour_graph,
    neighbours,
    undirected_edges,
)
from models.clustering.linkage.elbow import knee

PAIRS = 200_000  # seeded pairs of rows that show how far apart two rows are by chance
FALSE_NEIGHBOURS = 0.3  # chance neighbours a row that the threshold lets through, were the pairs Gaussian
FEW = 0.05  # share of edges beyond chance's nearest below which there are no false edges to cut
AUTO = "auto"


def edge_threshold(
    x: np.ndarray, distances: np.ndarray, indices: np.ndarray, random_state: int | None = 0
) -> float:
    """The distance at which the edges of rows x (n, d) to their neighbours are cut, for n >= 2.

    There are two rules, and the stricter one applies:

    - Chance: the distances of random pairs, most of which are from different groups, are modelled as
      Gaussian. Its mean is their median, and its spread that of the distances above the median, which pairs
      of one group do not reach. At the threshold a row has 0.3 neighbours by chance (the a contrario
      principle: Desolneux, Moisan and Morel, IJCV 40(1), 2000). This gets stricter with n, because the
      nearest of n strangers gets nearer.
    - Two kinds: Otsu's split of the edges' lengths (IEEE Transactions on Systems, Man and Cybernetics 9(1),
      1979) into those within groups and those between groups. It is meaningless if every row's neighbours are
      in its own group, so it is left out if less than 5% of the edges are longer than the first threshold.

    In few dimensions the distances of few groups are not Gaussian, and the first rule may give less than 0.
    Then nothing is known about chance, and the threshold is the knee of the sorted lengths.

    All this assumes that no group holds more than about half of the rows. Pairs of rows of one single group
    look like pairs of strangers, and that group would be split; give a threshold of your own in such a case.
    Raises ValueError for rows that are not finite, or if there are no edges.
    """
    rows = finite_rows(x)
    edges = undirected_edges(distances, indices)[2]
    if len(edges) == 0:
        raise ValueError(f"{len(rows)} rows have no edges to cut. Expected 2 rows or more, and neighbours.")
    chance = _chance_threshold(rows, random_state)
    if chance <= 0:
        ordered = np.sort(edges.astype(np.float64))
        return float(ordered[knee(np.arange(len(ordered)), ordered)])
    if (edges > chance).mean() < FEW:
        return chance
    return min(chance, _otsu(edges))


def thresholded_graph(
    x: np.ndarray,
    threshold: float | str | None = AUTO,
    n_neighbors: int = 16,
    random_state: int | None = 0,
    mode: str = "self-tuning",
    found: tuple[np.ndarray, np.ndarray] | None = None,
) -> csr_matrix:
    """The graph of rows x (n, d) in which Chinese Whispers and Infomap find groups: see ``neighbour_graph``.

    threshold is a distance, "auto" for ``edge_threshold``, or None for no cut. ``mode`` is the kind of
    weights. ``found`` is neighbours(x), if it is already known. Raises ValueError for another threshold, or
    for rows that are not finite. Example::

        labels = chinese_whispers(thresholded_graph(embeddings))
    """
    wrong = threshold != AUTO if isinstance(threshold, str) else threshold is not None and not threshold >= 0
    if wrong:
        raise ValueError(f"Expected a threshold of at least 0, 'auto' or None; received {threshold!r}.")
    rows = finite_rows(x)
    distances, indices = neighbours(rows, n_neighbors, random_state) if found is None else found
    if isinstance(threshold, str):
        threshold = edge_threshold(rows, distances, indices, random_state) if indices.size else None
    return neighbour_graph(distances, indices, mode, threshold)


def _chance_threshold(rows: np.ndarray, random_state: int | None) -> float:
    """The distance with ``FALSE_NEIGHBOURS`` neighbours of a row by chance; 0 or less if no Gaussian fits."""
    n = len(rows)
    generator = np.random.default_rng(random_state)
    one = generator.integers(n, size=min(PAIRS, n * (n - 1)))
    other = (one + generator.integers(1, n, size=len(one))) % n
    blocks = np.array_split(np.arange(len(one)), max(1, len(one) // 4096))
    lengths = np.concatenate([np.linalg.norm(rows[one[b]] - rows[other[b]], axis=1) for b in blocks])
    middle, above = np.quantile(lengths, [0.5, norm.cdf(1)])
    return float(middle + (above - middle) * norm.ppf(min(0.5, FALSE_NEIGHBOURS / n)))


def _otsu(lengths: np.ndarray) -> float:
    """Splits lengths in two with the largest variance between them; midway between the two sides."""
    ordered = np.sort(lengths.astype(np.float64))
    if ordered[0] == ordered[-1]:
        return float(ordered[0])
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    gap = sums[:-1] / below - (sums[-1] - sums[:-1]) / (len(ordered) - below)
    split = (below * (len(ordered) - below) * gap**2).argmax()
    return float(ordered[split : split + 2].mean())
