"""The number of clusters by the share of the spread that lies between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.clustering.graphs.njw import grouped, spectral_coordinates
from models.clustering.rows import checked, group_means
from models.devices.threads import in_threads

NUMBERS = range(2, 16)
SPACES = ("subspace", "eigenvectors")
N_SUBSAMPLES, SUBSAMPLE_ROWS = 10, 500


@dataclass(frozen=True)
class ChoiceOfK:
    """The number chosen, the numbers tried, and their ratios (numbers, subsamples) float64, 0 to 1."""

    n_clusters: int
    numbers: tuple[int, ...]
    ratios: np.ndarray


def choice_of_k(
    x: np.ndarray,
    space: str = "eigenvectors",
    numbers: Sequence[int] = NUMBERS,
    n_subsamples: int = N_SUBSAMPLES,
    subsample_rows: int = SUBSAMPLE_ROWS,
    random_state: int | None = 0,
) -> ChoiceOfK:
    """The number of clusters of x (n, d) with the largest mean between-share over seeded subsamples.

    Each subsample is grouped by Ng, Jordan and Weiss (``njw``) into every number, and ``between_share`` is
    taken in ``space``: of "subspace", among the rows themselves; of "eigenvectors", among the unit rows of as
    many eigenvectors as clusters, whose space changes with the number. Of equal means the smallest number is
    taken.

    What to expect: in the subspace more groups leave less within, so that the largest number wins. Among the
    unit rows, clusters with no edge between them have a share of 1 at their number alone, which wins; where
    the graph hangs together, a number whose clusters are joined by few edges wins, often a smaller one.

    If x has no more rows than a subsample, all of them are the only one. Numbers of a subsample's rows or
    more are not tried. Raises ValueError on an unknown space, rows that are not finite, no subsample, or no
    number from 2 that can be tried.
    """
    x = checked(x, None)
    rows = min(subsample_rows, len(x))
    tried = tuple(sorted({k for k in numbers if 2 <= k < rows}))
    if space not in SPACES:
        raise ValueError(f"Unknown space {space!r}. Expected one of: {', '.join(SPACES)}.")
    if not tried or n_subsamples < 1:
        raise ValueError(
            f"Expected at least one subsample, and a number of clusters from 2 and below its {rows} rows; "
            f"received {n_subsamples} and {list(numbers)}. Give more rows, or other numbers."
        )
    generator = np.random.default_rng(random_state)
    drawn = [
        generator.choice(len(x), rows, replace=False) for _ in range(n_subsamples if rows < len(x) else 1)
    ]
    seeds = generator.integers(2**31, size=len(drawn)).tolist()

    def of_sample(item: tuple[np.ndarray, int]) -> np.ndarray:
        some, seed = item
        return _ratios(x[np.sort(some)], space, tried, seed)

    ratios = np.column_stack(in_threads(of_sample, list(zip(drawn, seeds, strict=True))))
    return ChoiceOfK(tried[int(ratios.mean(axis=1).argmax())], tried, ratios)


def between_share(rows: np.ndarray, labels: np.ndarray) -> float:
    """Sum of squares between groups over the total, 0 to 1, of rows (n, d); 0 where all rows are equal.

    labels (n,) are 0 .. k-1, all of which occur.
    """
    mean = rows.mean(axis=0)
    total = np.square(rows - mean).sum()
    between = (np.bincount(labels) * np.square(group_means(rows, labels) - mean).sum(axis=1)).sum()
    return float(min(between / total, 1.0)) if total > 0 else 0.0


def _ratios(x: np.ndarray, space: str, numbers: tuple[int, ...], seed: int) -> np.ndarray:
    """The between-share of one subsample (m, d) for every number: float64 (numbers,)."""
    coordinates = spectral_coordinates(x, max(numbers), seed)
    ratios = []
    for k in numbers:
        labels, unit = grouped(coordinates, k, seed)
        ratios.append(between_share(unit if space == "eigenvectors" else np.asarray(x, np.float64), labels))
    return np.array(ratios)
