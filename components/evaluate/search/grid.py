"""The grid of candidates, from coarse to fine: which numbers of clusters to try next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from components.evaluate.search.candidates import evaluate
from components.evaluate.search.choice import best_kinds, best_of, eligible
from components.evaluate.search.criteria import CONSENSUS, ELBOW, Candidate, Kind
from components.evaluate.search.folds import Grid
from components.evaluate.search.settings import SelectionSettings, finds_number
from components.evaluate.search.stability import resample

SHORT = 20  # up to so many numbers of clusters are all tried
RATIO = 1.5  # between neighbours of the coarse grid
REFINED_KINDS = 2  # so many kinds, the best of the coarse grid that may be chosen, are refined
ROUNDS = 6  # bisections at most
RESAMPLED = ("stability", "prediction_strength")  # computed for every candidate only if they decide
SPLITS = 5


def coarse_grid(low: int, high: int) -> list[int]:
    """Numbers of clusters from low to high: all if they are up to 20, else each 1.5 times the one before."""
    if high - low < SHORT:
        return list(range(low, high + 1))
    values = [low]
    while values[-1] < high:
        values.append(min(high, max(values[-1] + 1, round(values[-1] * RATIO))))
    return values


def halfway(tried: Sequence[int], best: int) -> list[int]:
    """The middles between ``best`` and its tried neighbours, unless the gap is at most 1 or 2% of it."""
    tried = sorted(tried)
    position = tried.index(best)
    middles = []
    for neighbour in tried[max(0, position - 1) : position] + tried[position + 1 : position + 2]:
        if abs(neighbour - best) > max(1, 0.02 * best):
            middles.append((neighbour + best) // 2)
    return middles


def refining(criterion: str) -> tuple[str, ...]:
    """The criteria around whose best candidates the grid is made finer."""
    if criterion == CONSENSUS:
        return ("cv_log_likelihood", "bic", "icl")
    return ("cv_log_likelihood",) if criterion == ELBOW else (criterion,)


def search(
    grid: Grid,
    kinds: Sequence[Kind],
    n_clusters: tuple[int, int],
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
) -> list[Candidate]:
    """Tries a coarse grid of all kinds, then bisects around the best of the best kinds; returns all tried.

    ``progress(done, total)`` is called after each candidate. The total is an estimate until the last call.
    """
    coarse = coarse_grid(*n_clusters)
    told = [kind for kind in kinds if not finds_number(kind)]
    gaps = len(coarse) < n_clusters[1] - n_clusters[0] + 1
    total = len(kinds) - len(told) + len(told) * len(coarse)
    total += REFINED_KINDS * 2 * ROUNDS if gaps else 0
    candidates: list[Candidate] = []

    def try_out(kind: Kind, k: int | None) -> None:
        candidate = evaluate(grid, kind, k, settings, coarse[-1])
        if settings.criterion in RESAMPLED and not candidate.dropped:
            figures = resample(grid.whole.fitted, candidate, grid.random_state, settings, SPLITS)
            candidate = replace(candidate, **figures.as_fields())
        candidates.append(candidate)
        if progress:
            progress(len(candidates), max(total, len(candidates)))

    def refine(kind: Kind, criterion: str) -> None:
        for _ in range(ROUNDS):
            found = [candidate for candidate in candidates if candidate.kind == kind]
            best = best_of(found, criterion).n_clusters
            middles = halfway([candidate.n_clusters for candidate in found], best)
            if not middles:
                return
            for k in middles:
                try_out(kind, k)

    for kind in kinds:
        for k in [None] if finds_number(kind) else coarse:
            try_out(kind, k)
    for criterion in refining(settings.criterion) if gaps else []:
        pool = [c for c in eligible(candidates, settings.choose_among) if not c.finds_number]
        for kind in best_kinds(pool, criterion)[:REFINED_KINDS]:
            refine(kind, criterion)
    if progress:
        progress(len(candidates), len(candidates))
    return candidates
