"""The grid of candidates, coarse to fine: which numbers of clusters to try next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from components.evaluate.search.candidates import evaluate
from components.evaluate.search.choice import best_kinds, best_of, eligible
from components.evaluate.search.criteria import CONSENSUS, ELBOW, Candidate, Kind
from components.evaluate.search.folds import Grid
from components.evaluate.search.settings import SelectionSettings, finds_number
from components.evaluate.search.stability import resample

SHORT = 20  # numbers of clusters that are all tried
RATIO = 1.5  # between neighbours of the coarse grid
REFINED_KINDS = 2  # of the kinds that may be chosen, the best by the coarse grid are refined
ROUNDS = 6  # bisections at most
RESAMPLED = ("stability", "prediction_strength")  # of every candidate only where they decide
SPLITS = 5


def coarse_grid(low: int, high: int) -> list[int]:
    """Numbers of clusters from low to high: all of up to 20, else each about 1.5 times the one before."""
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
    """Every candidate tried: a coarse grid of all kinds, then bisection around the best of the best kinds.

    ``progress(done, total)`` is called after each; the total is an estimate until the last call.
    """
    coarse = coarse_grid(*n_clusters)
    told = [kind for kind in kinds if not finds_number(kind)]
    gaps = len(coarse) < n_clusters[1] - n_clusters[0] + 1
    total = len(kinds) - len(told) + len(told) * len(coarse)
    total += REFINED_KINDS * 2 * ROUNDS if gaps else 0
    candidates: list[Candidate] = []

    def try_out(kind: Kind, k: int | None) -> None:
        candidate = evaluate(grid, kind, k, settings.reg_covar, coarse[-1])
        if settings.criterion in RESAMPLED and not candidate.dropped:
            figures = resample(grid.whole.fitted, candidate, grid.random_state, settings.reg_covar, SPLITS)
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
