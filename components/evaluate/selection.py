"""How many clusters, of which kind, and why: chosen by evidence on train embeddings, never by labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from components.evaluate.candidates import make_grid
from components.evaluate.choice import choose
from components.evaluate.criteria import Candidate
from components.evaluate.grid import search
from components.evaluate.reduction import Reduction, fit_reduction
from components.evaluate.settings import SelectionSettings, kinds_of, n_clusters_range
from models.clusterers import CLUSTERERS

DEFAULTS = SelectionSettings()
THREADS = 1  # the products are many and small: more threads wait for each other, ten times slower when shared


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
    with threadpool_limits(THREADS):
        grid = make_grid(rows, reduction.space.name, settings.random_state)
        kinds = kinds_of(settings)
        candidates = search(grid, kinds, limits, settings, progress)
    chosen, reasons = choose(candidates, settings.criterion, settings.choose_among)
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
    settings: SelectionSettings = DEFAULTS,
    progress: Callable[[int, int], None] | None = None,
) -> Clustering:
    """Reduce, choose and fit on embeddings (n, d), n >= 2: the whole procedure, on any matrix.

    Raises ValueError on embeddings that are not finite or do not differ, and where no
    candidate can be fitted. Example::

        clustering = cluster(train_embeddings)
        clustering.predict(eval_embeddings), clustering.selection.reasons
    """
    reduction = fit_reduction(
        embeddings, settings.pca_variance, settings.max_dimension, settings.whiten, settings.random_state
    )
    x = reduction.transform(embeddings)
    selection = select(x, reduction, settings, progress)
    best = selection.best
    options = {"covariance_type": best.covariance_type} if best.covariance_type else {}
    build = CLUSTERERS[best.clusterer]
    estimator = build(best.n_clusters, settings.random_state, reg_covar=settings.reg_covar, **options)
    with threadpool_limits(THREADS):
        estimator.fit(x)
    return Clustering(reduction, estimator, selection)
