"""How many clusters, of which kind, and why: chosen by evidence on train embeddings, never by labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from components.evaluate.search.candidates import evaluate
from components.evaluate.search.choice import best_of, choose, inertia_curve
from components.evaluate.search.criteria import Candidate, title_of
from components.evaluate.search.folds import build_kind, fitted_on, make_grid
from components.evaluate.search.grid import refining, search
from components.evaluate.search.reduction import Reduction, reduce
from components.evaluate.search.runs import facts_of_runs, words_of_runs
from components.evaluate.search.settings import (
    SelectionSettings,
    kinds_of,
    n_clusters_range,
    only_candidate,
)
from components.evaluate.search.stability import SPLITS, bic_over_seeds, resample
from models.clustering.linkage.elbow import chord_distances
from models.clustering.rows import Rows
from models.subspaces.several_runs import SeveralRuns

DEFAULTS = SelectionSettings()
FEWER_SPLITS = 5  # for candidates that are only shown
THREADS = 1  # the products are many and small: more threads wait for each other, ten times slower when shared


@dataclass(frozen=True)
class Selection:
    """All candidates, the index of the chosen one, and the reasons.

    ``criterion`` is "" where there was nothing to choose.

    Of ``n`` rows ``n_grid`` were searched. ``n_clusters`` is the number of clusters that the chosen candidate
    has when it is fitted on all n rows; on the searched rows it may have found another. ``runs`` is the
    spread of several runs of it (``runs.facts_of_runs``), None for a single one.
    """

    candidates: tuple[Candidate, ...]
    chosen: int
    reasons: tuple[str, ...]
    criterion: str
    n: int
    n_grid: int
    space: dict[str, Any]
    settings: dict[str, Any]
    seconds: float
    elbow: dict[str, Any] | None = None
    seeds: dict[str, Any] | None = None
    n_clusters: int | None = None
    runs: dict[str, Any] | None = None

    @property
    def best(self) -> Candidate:
        """The chosen candidate."""
        return self.candidates[self.chosen]

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        return asdict(self) | {
            "candidates": [candidate.as_dict() for candidate in self.candidates],
            "reasons": list(self.reasons),
            "settings": {key: list(v) if isinstance(v, tuple) else v for key, v in self.settings.items()},
        }


@dataclass(frozen=True)
class Clustering:
    """The map to the clusterer's space, the clusterer fitted there on all rows, and how it was chosen."""

    reduction: Reduction
    estimator: Any
    selection: Selection

    def transform(self, embeddings: np.ndarray) -> np.ndarray:
        """Embeddings (n, d) in the clusterer's space (n, m)."""
        return self.reduction.transform(embeddings)

    def predict(self, embeddings: np.ndarray) -> np.ndarray:
        """Cluster of each of the embeddings (n, d): int64 (n,)."""
        clusters: np.ndarray = self.estimator.predict(self.transform(embeddings))
        return clusters


def select(
    rows: Rows,
    reduction: Reduction,
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Selection:
    """Searches the grid on rows in the reduction's space, and chooses."""
    began = time.perf_counter()
    searched = rows
    if len(rows) > settings.grid_rows:
        generator = np.random.default_rng(settings.random_state)
        searched = rows.part(np.sort(generator.choice(len(rows), settings.grid_rows, replace=False)))
    limits = n_clusters_range(settings.n_clusters, len(rows), len(searched))
    only = only_candidate(settings, limits)
    with threadpool_limits(THREADS):
        candidates, chosen, reasons = decided(searched, reduction.space.name, settings, limits, progress)
        candidates = with_stability(searched, candidates, chosen, settings)
        seeds = over_seeds(searched.x, candidates, settings)
    if len(searched) < len(rows):
        what = "Its figures are those of" if only else "Searched on"
        reasons.append(f"{what} a sample of {len(searched)} of {len(rows)} faces, then fitted on all.")
    return Selection(
        candidates=tuple(candidates),
        chosen=chosen,
        reasons=tuple(reasons),
        criterion="" if only else settings.criterion,
        n=len(rows),
        n_grid=len(searched),
        space=asdict(reduction.space),
        settings=settings.model_dump(),
        seconds=time.perf_counter() - began,
        elbow=elbow_of(candidates),
        seeds=seeds,
    )


def decided(
    rows: Rows,
    space: str,
    settings: SelectionSettings,
    limits: tuple[int, int],
    progress: Callable[[int, int], None] | None,
) -> tuple[list[Candidate], int, list[str]]:
    """All candidates on the rows of a space, the index of the one that is taken, and why.

    Of a single kind that finds the number itself, or is given it and has a criterion that needs no folds,
    only the figures of the whole rows are made: what the folds of a search are for is to choose. Raises
    ValueError if no candidate can be taken.
    """
    only = only_candidate(settings, limits)
    if only is None:
        candidates = search_on(rows, space, settings, limits, progress)
        return candidates, *choose(
            candidates, settings.criterion, settings.choose_among, settings.standard_errors
        )
    kind, k = only
    grid = make_grid(rows, space, settings.random_state, with_folds=False)
    found = evaluate(grid, kind, k, settings)
    if progress:
        progress(1, 1)
    if found.dropped:
        raise ValueError(
            f"The only candidate was dropped: {found.title}: {found.dropped}. Expected one that can be "
            "fitted. Add another one to clusterers, or give more photos."
        )
    number = "finds the number itself" if k is None else f"is given the number, {k}"
    return [found], 0, [f"Nothing was chosen: the clusterer {title_of(kind)} alone was tried, and {number}."]


def with_stability(
    rows: Rows, candidates: Sequence[Candidate], chosen: int, settings: SelectionSettings
) -> list[Candidate]:
    """Adds stability and prediction strength on the rows to the candidates of interest.

    These are the best candidate of every kind, and all of the chosen one's kind. The figures do not decide
    anything. If one of them is the criterion, every candidate has it already.
    """
    criterion = refining(settings.criterion)[0]
    best = {
        id(best_by(criterion, [c for c in candidates if c.kind == kind]))
        for kind in {c.kind for c in candidates}
    }
    out = list(candidates)
    for i, candidate in enumerate(candidates):
        leading = id(candidate) in best or i == chosen
        if candidate.dropped or candidate.stability is not None:
            continue
        if leading or candidate.kind == candidates[chosen].kind:
            splits = SPLITS if leading else FEWER_SPLITS
            figures = resample(rows, candidate, settings.random_state, settings, splits)
            out[i] = replace(candidate, **figures.as_fields())
    return out


def best_by(criterion: str, candidates: Sequence[Candidate]) -> Candidate:
    """The best by the criterion, or by the silhouette if none has it, or else the first."""
    for name in (criterion, "silhouette"):
        if any(c.criterion(name) for c in candidates):
            return best_of(candidates, name)
    return candidates[0]


def over_seeds(
    x: np.ndarray, candidates: Sequence[Candidate], settings: SelectionSettings
) -> dict[str, Any] | None:
    """BIC of the best Gaussian mixture over 10 random starts (P4): mean and deviation; None without one."""
    mixtures = [c for c in candidates if c.clusterer == "gmm" and c.criterion("bic")]
    if not mixtures:
        return None
    best = best_of(mixtures, "bic")
    values = bic_over_seeds(x, best.kind, best.n_clusters, settings)
    return {
        "title": best.title,
        "bic": values,
        "mean": float(np.mean(values)),
        "deviation": float(np.std(values, ddof=1)),
        "n": best.n,
        "n_parameters": best.n_parameters,
        "space": best.space,
    }


def elbow_of(candidates: Sequence[Candidate]) -> dict[str, Any] | None:
    """k-means' inertia (P0, equation 5) over its numbers of clusters, and the distances to the chord."""
    curve = inertia_curve(candidates)
    if len(curve) < 3:
        return None
    ks, inertias = [c.n_clusters for c in curve], [float(c.inertia or 0.0) for c in curve]
    distances = chord_distances(np.array(ks), np.array(inertias))
    return {
        "n_clusters": ks,
        "inertia": inertias,
        "distance": distances.tolist(),
        "elbow": ks[int(distances.argmax())],
    }


def cluster(
    embeddings: Rows,
    settings: SelectionSettings = DEFAULTS,
    progress: Callable[[int, int], None] | None = None,
) -> Clustering:
    """Reduces, chooses and fits on at least 2 embeddings: the whole procedure, for any matrix.

    Raises ValueError if the embeddings are not finite or do not differ, and if no candidate can be fitted.
    Example::

        clustering = cluster(Rows(train_embeddings, photos))
        clustering.predict(eval_embeddings), clustering.selection.reasons
    """
    reduction, points = reduce(
        embeddings.x,
        settings.reduction,
        settings.pca_variance,
        settings.max_dimension,
        settings.whiten,
        settings.random_state,
    )
    rows = embeddings.moved_to(points)
    selection = select(rows, reduction, settings, progress)
    estimator = refitted(rows, selection.best, settings)
    selection = replace(selection, n_clusters=int(estimator.n_clusters_))
    if selection.n_clusters != selection.best.n_clusters:
        found = f"Fitted on all, it found {selection.n_clusters} clusters."
        selection = replace(selection, reasons=(*selection.reasons, found))
    if isinstance(estimator, SeveralRuns):
        spread = facts_of_runs(estimator)
        selection = replace(selection, runs=spread, reasons=(*selection.reasons, words_of_runs(spread)))
    return Clustering(reduction, estimator, selection)


def search_on(
    rows: Rows,
    space: str,
    settings: SelectionSettings,
    limits: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Candidate]:
    """Searches the rows of a space, between ``limits`` or as the settings say; returns all candidates."""
    limits = n_clusters_range(settings.n_clusters, len(rows), len(rows)) if limits is None else limits
    grid = make_grid(rows, space, settings.random_state)
    return search(grid, kinds_of(settings), limits, settings, progress)


def refitted(rows: Rows, best: Candidate, settings: SelectionSettings, seed: int | None = None) -> Any:
    """The candidate fitted on all rows, from ``seed`` or else from the settings' own.

    With ``n_runs`` above 1 it is the consensus of so many, from seeds that are drawn by that seed.
    """
    asked = None if best.finds_number else best.n_clusters
    seed = settings.random_state if seed is None else seed
    estimator = build_kind(best.kind, asked, seed, settings)
    if settings.n_runs > 1:
        estimator = SeveralRuns(estimator, settings.n_runs, asked, seed)
    with threadpool_limits(THREADS):
        return fitted_on(rows, estimator)
