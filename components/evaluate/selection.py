"""How many clusters, of which kind, and why: chosen by evidence on train embeddings, never by labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from components.evaluate.candidates import make_grid
from components.evaluate.criteria import CRITERIA, Candidate
from components.evaluate.grid import Kind, best_of, largest_n_clusters, search
from components.evaluate.reduction import MAX_DIMENSION, Reduction, fit_reduction
from models.clusterers import CLUSTERERS, REG_COVAR
from models.mixture import COVARIANCE_TYPES

SMALL = 2000  # rows up to which threads cost more than they bring


@dataclass(frozen=True)
class SelectionSettings:
    """What is searched, and by which criterion.

    ``n_clusters``: "auto" (1 to 3 sqrt(n), at least 5 rows a cluster), an int, or (low, high).
    ``grid_rows``: the grid is searched on at most that many rows, a seeded sample; the chosen candidate is
    fitted on all rows. ``reg_covar``: share of the data's mean variance added to every variance.
    """

    clusterers: tuple[str, ...] = ("kmeans", "gmm")
    covariance_types: tuple[str, ...] = COVARIANCE_TYPES
    n_clusters: str | int | tuple[int, int] = "auto"
    criterion: str = "cv_log_likelihood"
    pca_variance: float | None = 0.95
    max_dimension: int = MAX_DIMENSION
    whiten: bool = False
    reg_covar: float = REG_COVAR
    grid_rows: int = 4000
    random_state: int = 0


@dataclass(frozen=True)
class Selection:
    """All candidates, the index of the one chosen, and why; ``n`` rows of which ``n_grid`` were searched."""

    candidates: tuple[Candidate, ...]
    chosen: int
    reasons: tuple[str, ...]
    criterion: str
    n: int
    n_grid: int
    space: dict[str, Any]
    settings: dict[str, Any]
    seconds: float

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


def choose(candidates: Sequence[Candidate], criterion: str = "cv_log_likelihood") -> tuple[int, list[str]]:
    """Index of the candidate that the criterion favours, and the reasons in words.

    The best value wins. For the cross-validated log-likelihood the reasons also tell which candidates lie
    within one standard error of the difference over the folds (the same for all): how sure the number of
    clusters is. Preferring the simplest of those, the one-standard-error rule, found planted clusters
    less well. Raises ValueError on an unknown criterion, and where no candidate has it.
    """
    if criterion not in CRITERIA:
        raise ValueError(f"Unknown criterion {criterion!r}. Expected one of: {', '.join(CRITERIA)}.")
    best = best_of(candidates, criterion)
    reasons = [f"Best of {len(candidates)} candidates by {best.criterion(criterion)}: {best.title}."]
    if criterion == "cv_log_likelihood":
        rivals = [c for c in candidates if c.criterion(criterion) and within_one_error(c, best)]
        numbers = sorted({c.n_clusters for c in rivals})
        reasons.append(
            f"{len(rivals)} of them, the best included, lie within one standard error of the difference to "
            f"it: {numbers[0]} to {numbers[-1]} clusters."
        )
    dropped = sum(1 for c in candidates if c.dropped)
    if dropped:
        reasons.append(f"{dropped} candidates were dropped, each with its reason.")
    return next(i for i, c in enumerate(candidates) if c is best), reasons


def within_one_error(candidate: Candidate, best: Candidate) -> bool:
    """Whether the candidate's folds fall behind the best's by at most one standard error of the mean."""
    behind = np.subtract(best.cv_folds, candidate.cv_folds)
    return bool(behind.mean() <= behind.std(ddof=1) / np.sqrt(len(behind)))


def kinds_of(settings: SelectionSettings) -> list[Kind]:
    """Clusterers with their covariance types; raises ValueError on unknown names."""
    kinds: list[Kind] = []
    for name in settings.clusterers:
        if name not in CLUSTERERS:
            raise ValueError(
                f"Unknown clusterer {name!r}. Expected one of: {', '.join(sorted(CLUSTERERS))}. "
                "Add clusterers in models/clusterers.py."
            )
        kinds += [(name, kind) for kind in settings.covariance_types] if name == "gmm" else [(name, None)]
    if not kinds:
        raise ValueError("No clusterer to try: clusterers or covariance_types is empty.")
    return kinds


def n_clusters_range(n_clusters: str | int | Sequence[int], n: int, n_grid: int) -> tuple[int, int]:
    """Lowest and highest number of clusters for n rows, n_grid of them searched; ValueError on nonsense."""
    if n_clusters == "auto":
        return 1, min(largest_n_clusters(n), max(2, n_grid // 5))
    if isinstance(n_clusters, int) and not isinstance(n_clusters, bool) and n_clusters >= 1:
        return n_clusters, n_clusters
    if not isinstance(n_clusters, str | int) and len(n_clusters) == 2 and 1 <= n_clusters[0] <= n_clusters[1]:
        return int(n_clusters[0]), int(n_clusters[1])
    raise ValueError(
        f"n_clusters: expected 'auto', a number of at least 1, or (low, high); received {n_clusters!r}."
    )


def select(
    x: np.ndarray,
    reduction: Reduction,
    settings: SelectionSettings,
    progress: Callable[[int, int], None] | None = None,
) -> Selection:
    """Search the grid on rows x (n, m) of the reduction's space, and choose."""
    began = time.perf_counter()
    rows = x
    if len(x) > settings.grid_rows:
        generator = np.random.default_rng(settings.random_state)
        rows = x[np.sort(generator.choice(len(x), settings.grid_rows, replace=False))]
    limits = n_clusters_range(settings.n_clusters, len(x), len(rows))
    with threadpool_limits(1) if len(rows) <= SMALL else nullcontext():
        grid = make_grid(rows, reduction.space.name, settings.random_state)
        kinds = kinds_of(settings)
        candidates = search(grid, kinds, limits, settings.criterion, settings.reg_covar, progress)
    chosen, reasons = choose(candidates, settings.criterion)
    if len(rows) < len(x):
        reasons.append(f"Searched on a sample of {len(rows)} of {len(x)} faces, then fitted on all.")
    return Selection(
        candidates=tuple(candidates),
        chosen=chosen,
        reasons=tuple(reasons),
        criterion=settings.criterion,
        n=len(x),
        n_grid=len(rows),
        space=asdict(reduction.space),
        settings=asdict(settings),
        seconds=time.perf_counter() - began,
    )


def cluster(
    embeddings: np.ndarray,
    settings: SelectionSettings = SelectionSettings(),
    progress: Callable[[int, int], None] | None = None,
) -> Clustering:
    """Reduce, choose and fit on embeddings (n, d), n >= 2: the whole procedure, on any matrix.

    Raises ValueError on unknown settings, on embeddings that are not finite or do not differ, and where no
    candidate can be fitted. Example::

        clustering = cluster(train_embeddings)
        clustering.predict(eval_embeddings), clustering.selection.reasons
    """
    kinds_of(settings)
    reduction = fit_reduction(
        embeddings, settings.pca_variance, settings.max_dimension, settings.whiten, settings.random_state
    )
    x = reduction.transform(embeddings)
    selection = select(x, reduction, settings, progress)
    best = selection.best
    options = {"covariance_type": best.covariance_type} if best.covariance_type else {}
    build = CLUSTERERS[best.clusterer]
    estimator = build(best.n_clusters, settings.random_state, reg_covar=settings.reg_covar, **options).fit(x)
    return Clustering(reduction, estimator, selection)
