"""How many clusters, of which kind, and why: chosen by evidence on train embeddings, never by labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from components.evaluate.search.choice import best_of, choose, inertia_curve
from components.evaluate.search.criteria import Candidate
from components.evaluate.search.folds import build_kind, fitted_on, make_grid
from components.evaluate.search.grid import refining, search
from components.evaluate.search.reduction import Reduction, reduce
from components.evaluate.search.settings import SelectionSettings, kinds_of, n_clusters_range
from components.evaluate.search.stability import SPLITS, bic_over_seeds, resample
from models.clustering.linkage.elbow import chord_distances
from models.clustering.rows import Rows

DEFAULTS = SelectionSettings()
FEWER_SPLITS = 5  # of candidates that are shown only
THREADS = 1  # the products are many and small: more threads wait for each other, ten times slower when shared


@dataclass(frozen=True)
class Selection:
    """All candidates, the index of the one chosen, and why; ``n`` rows of which ``n_grid`` were searched.

    ``n_clusters`` there are when the chosen one is fitted on all n; on those searched it may find others.
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
        return self.estimator.predict(self.transform(embeddings))


def select(
    rows: Rows,
    reduction: Reduction,
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Selection:
    """Search the grid on rows in the reduction's space, and choose."""
    began = time.perf_counter()
    searched = rows
    if len(rows) > settings.grid_rows:
        generator = np.random.default_rng(settings.random_state)
        searched = rows.part(np.sort(generator.choice(len(rows), settings.grid_rows, replace=False)))
    limits = n_clusters_range(settings.n_clusters, len(rows), len(searched))
    with threadpool_limits(THREADS):
        candidates = search_on(searched, reduction.space.name, settings, limits, progress)
        chosen, reasons = choose(
            candidates, settings.criterion, settings.choose_among, settings.standard_errors
        )
        candidates = with_stability(searched, candidates, chosen, settings)
        seeds = over_seeds(searched.x, candidates, settings)
    if len(searched) < len(rows):
        reasons.append(f"Searched on a sample of {len(searched)} of {len(rows)} faces, then fitted on all.")
    return Selection(
        candidates=tuple(candidates),
        chosen=chosen,
        reasons=tuple(reasons),
        criterion=settings.criterion,
        n=len(rows),
        n_grid=len(searched),
        space=asdict(reduction.space),
        settings=settings.model_dump(),
        seconds=time.perf_counter() - began,
        elbow=elbow_of(candidates),
        seeds=seeds,
    )


def with_stability(
    rows: Rows, candidates: Sequence[Candidate], chosen: int, settings: SelectionSettings
) -> list[Candidate]:
    """The candidates, those of interest with stability and prediction strength on the rows.

    Of interest are the best candidate of every kind, and all of the chosen one's kind. Nothing of it decides
    (unless it is the criterion, and then every candidate has it).
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
            figures = resample(rows, candidate, settings.random_state, settings.reg_covar, splits)
            out[i] = replace(candidate, **figures.as_fields())
    return out


def best_by(criterion: str, candidates: Sequence[Candidate]) -> Candidate:
    """The best by the criterion, or by the silhouette where none has it, or the first."""
    for name in (criterion, "silhouette"):
        if any(c.criterion(name) for c in candidates):
            return best_of(candidates, name)
    return candidates[0]


def over_seeds(
    x: np.ndarray, candidates: Sequence[Candidate], settings: SelectionSettings
) -> dict[str, Any] | None:
    """BIC of the best Gaussian mixture over 10 random starts, mean and deviation (P4); None without one."""
    mixtures = [c for c in candidates if c.clusterer == "gmm" and c.criterion("bic")]
    if not mixtures:
        return None
    best = best_of(mixtures, "bic")
    values = bic_over_seeds(x, best.kind, best.n_clusters, settings.reg_covar)
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
    """k-means' inertia over its numbers of clusters, and the distances to the chord (P0, equation 5)."""
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
    """Reduce, choose and fit on at least 2 embeddings: the whole procedure, on any matrix.

    Raises ValueError on embeddings that are not finite or do not differ, and where no
    candidate can be fitted. Example::

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
    return Clustering(reduction, estimator, selection)


def search_on(
    rows: Rows,
    space: str,
    settings: SelectionSettings,
    limits: tuple[int, int] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Candidate]:
    """Every candidate tried on rows of a space, between ``limits`` or as the settings say."""
    limits = n_clusters_range(settings.n_clusters, len(rows), len(rows)) if limits is None else limits
    grid = make_grid(rows, space, settings.random_state)
    return search(grid, kinds_of(settings), limits, settings, progress)


def refitted(rows: Rows, best: Candidate, settings: SelectionSettings, seed: int | None = None) -> Any:
    """The candidate fitted on all rows, from another seed than the settings' where one is given."""
    asked = None if best.finds_number else best.n_clusters
    seed = settings.random_state if seed is None else seed
    with threadpool_limits(THREADS):
        return fitted_on(rows, build_kind(best.kind, asked, seed, settings.reg_covar))
