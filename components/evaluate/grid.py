"""The grid of candidates, coarse to fine: which numbers of clusters to try next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from components.evaluate.candidates import Grid, evaluate
from components.evaluate.choice import best_kinds, best_of, eligible
from components.evaluate.criteria import Candidate, Kind
from components.evaluate.settings import SelectionSettings

SHORT = 10  # numbers of clusters that are all tried
RATIO = 1.5  # between neighbours of the coarse grid
REFINED_KINDS = 2  # of the kinds that may be chosen, the best by the coarse grid are refined
ROUNDS = 6  # bisections at most


def coarse_grid(low: int, high: int) -> list[int]:
    """Numbers of clusters from low to high: all of up to 10, else each about 1.5 times the one before."""
    if high - low < SHORT:
        return list(range(low, high + 1))
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
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
) -> list[Candidate]:
    """Every candidate tried: a coarse grid of all kinds, then bisection around the best of the best kinds.

    ``progress(done, total)`` is called after each; the total is an estimate until the last call.
    """
    coarse = coarse_grid(*n_clusters)
    gaps = len(coarse) < n_clusters[1] - n_clusters[0] + 1
    total = len(kinds) * len(coarse) + (REFINED_KINDS * 2 * ROUNDS if gaps else 0)
    candidates: list[Candidate] = []

    def try_out(kind: Kind, k: int) -> None:
        candidates.append(evaluate(grid, *kind, k, settings.reg_covar))
        if progress:
            progress(len(candidates), max(total, len(candidates)))

    for kind in kinds:
        for k in coarse:
            try_out(kind, k)
    criterion = settings.criterion
    pool = eligible(candidates, settings.choose_among)
    for kind in best_kinds(pool, criterion)[:REFINED_KINDS] if gaps else []:
        for _ in range(ROUNDS):
            found = [candidate for candidate in candidates if candidate.kind == kind]
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
