"""The grid of candidates, coarse to fine: which numbers of clusters to try next."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from components.evaluate.candidates import Grid, evaluate
from components.evaluate.criteria import Candidate

RATIO = 1.5  # between neighbours of the coarse grid
REFINED_KINDS = 2  # kinds of mixture, the best by the coarse grid, that are refined
ROUNDS = 6  # bisections at most

Kind = tuple[str, str | None]  # clusterer and covariance type


def largest_n_clusters(n: int) -> int:
    """Where the default grid ends: 3 sqrt(n) clusters, but 5 rows a cluster; at least 2."""
    return max(2, min(math.ceil(3 * math.sqrt(n)), n // 5))


def coarse_grid(low: int, high: int) -> list[int]:
    """Numbers of clusters from low to high, each about 1.5 times the one before."""
    values = [low]
    while values[-1] < high:
        values.append(min(high, max(values[-1] + 1, round(values[-1] * RATIO))))
    return values


def halfway(tried: Sequence[int], best: int) -> list[int]:
    """The middles between ``best`` and its neighbours among those tried; none where the gap is 2% or 1."""
    tried = sorted(tried)
    position = tried.index(best)
    middles = []
    for neighbour in tried[max(0, position - 1) : position] + tried[position + 1 : position + 2]:
        if abs(neighbour - best) > max(1, 0.02 * best):
            middles.append((neighbour + best) // 2)
    return middles


def search(
    grid: Grid,
    kinds: Sequence[Kind],
    n_clusters: tuple[int, int],
    criterion: str,
    reg_covar: float,
    progress: Callable[[int, int], None] | None = None,
) -> list[Candidate]:
    """Every candidate tried: the coarse grid of all kinds, then bisection around the best of the best kinds.

    ``progress(done, total)`` is called after each; the total is an estimate until the last call.
    """
    coarse = coarse_grid(*n_clusters)
    gaps = len(coarse) < n_clusters[1] - n_clusters[0] + 1
    total = len(kinds) * len(coarse) + (REFINED_KINDS * 2 * ROUNDS if gaps else 0)
    candidates: list[Candidate] = []

    def try_out(kind: Kind, k: int) -> None:
        candidates.append(evaluate(grid, *kind, k, reg_covar))
        if progress:
            progress(len(candidates), max(total, len(candidates)))

    for kind in kinds:
        for k in coarse:
            try_out(kind, k)
    for kind in best_kinds(candidates, criterion)[:REFINED_KINDS] if gaps else []:
        for _ in range(ROUNDS):
            found = [candidate for candidate in candidates if kind_of(candidate) == kind]
            middles = halfway(
                [candidate.n_clusters for candidate in found], best_of(found, criterion).n_clusters
            )
            if not middles:
                break
            for k in middles:
                try_out(kind, k)
    if progress:
        progress(len(candidates), len(candidates))
    return candidates


def kind_of(candidate: Candidate) -> Kind:
    """The candidate's clusterer and covariance type."""
    return candidate.clusterer, candidate.covariance_type


def best_of(candidates: Sequence[Candidate], criterion: str) -> Candidate:
    """The first candidate that none is better than; raises ValueError where none has the criterion."""
    best, highest = None, None
    for candidate in candidates:
        value = candidate.criterion(criterion)
        if value is not None and (highest is None or value.gain_over(highest) > 0):
            best, highest = candidate, value
    if best is None:
        reasons = {f"{c.title}: {c.dropped or f'no {criterion}'}" for c in candidates}
        raise ValueError(
            f"No candidate has the criterion {criterion!r}; {'; '.join(sorted(reasons)[:5])}. "
            "Ask for fewer clusters, other covariance types, or give more photos."
        )
    return best


def best_kinds(candidates: Sequence[Candidate], criterion: str) -> list[Kind]:
    """Kinds that have the criterion, the one with the best candidate first."""
    best = []
    for kind in dict.fromkeys(map(kind_of, candidates)):
        of_kind = [candidate for candidate in candidates if kind_of(candidate) == kind]
        if any(candidate.criterion(criterion) for candidate in of_kind):
            best.append(best_of(of_kind, criterion))
    ordered = []
    while best:
        ordered.append(kind_of(best_of(best, criterion)))
        best = [candidate for candidate in best if kind_of(candidate) != ordered[-1]]
    return ordered
