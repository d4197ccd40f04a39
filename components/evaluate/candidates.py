"""Fitting one candidate of the grid, and its evidence: AIC, BIC, cross-validation, silhouette."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.metrics import davies_bouldin_score, pairwise_distances, silhouette_score
from sklearn.model_selection import KFold

from components.evaluate.criteria import Candidate
from models.clusterers import CLUSTERERS, log_likelihood
from models.mixture import gmm_n_parameters, kmeans_n_parameters
from models.shared_rows import SharedRows
from models.threads import in_threads
from models.ward import cut, group_means, ward_tree

N_FOLDS = 5
SIDE_BY_SIDE = ("kmeans", "gmm")  # clusterers whose folds are fitted on threads: NumPy and scikit-learn only


@dataclass(frozen=True)
class Fold:
    """Rows to fit on (n, d), their Ward tree, rows to score (m, d), and what all mixtures on them share."""

    fitted: np.ndarray
    tree: np.ndarray
    scored: np.ndarray
    shared: SharedRows

    def start(self, n_clusters: int) -> np.ndarray:
        """Means (k, d) of Ward's groups: the same start for every clusterer."""
        return group_means(self.fitted, cut(self.tree, n_clusters))


@dataclass(frozen=True)
class Grid:
    """The rows that candidates are judged on: whole, in folds, and as distances (n, n)."""

    whole: Fold
    folds: tuple[Fold, ...]
    distances: np.ndarray
    space: str
    random_state: int


def make_grid(x: np.ndarray, space: str, random_state: int) -> Grid:
    """Folds, trees and distances of x (n, d), n >= 2: 5 folds, or as many as there are rows."""
    splits = KFold(min(N_FOLDS, len(x)), shuffle=True, random_state=random_state).split(x)
    parts = [(x, x), *((x[fitted], x[scored]) for fitted, scored in splits)]
    whole, *folds = in_threads(lambda part: make_fold(*part), parts)
    return Grid(whole, tuple(folds), pairwise_distances(x), space, random_state)


def make_fold(fitted: np.ndarray, scored: np.ndarray) -> Fold:
    """The fold of rows to fit on (n, d) and rows to score (m, d)."""
    return Fold(fitted, ward_tree(fitted), scored, SharedRows(fitted))


def n_parameters(clusterer: str, covariance_type: str | None, n_clusters: int, d: int) -> int:
    """Free parameters of a candidate's mixture, told before it is fitted."""
    if covariance_type is not None:
        return gmm_n_parameters(n_clusters, d, covariance_type)
    return kmeans_n_parameters(n_clusters, d)


def evaluate(
    grid: Grid, clusterer: str, covariance_type: str | None, n_clusters: int, reg_covar: float
) -> Candidate:
    """Fit one candidate on all rows and on every fold; dropped with its reason where that can't be done."""
    began = time.perf_counter()
    n, d = grid.whole.fitted.shape
    parameters = n_parameters(clusterer, covariance_type, n_clusters, d)
    candidate = Candidate(clusterer, covariance_type, n_clusters, grid.space, n, parameters)
    reason = hopeless(candidate, d, min(len(fold.fitted) for fold in grid.folds))
    if reason:
        return replace(candidate, dropped=reason)
    options: dict[str, Any] = {"reg_covar": reg_covar}
    if covariance_type is not None:
        options["covariance_type"] = covariance_type
    try:
        figures = _figures(grid, candidate, options)
    except (ValueError, np.linalg.LinAlgError) as error:
        return replace(candidate, dropped=str(error), seconds=time.perf_counter() - began)
    return replace(candidate, **figures, seconds=time.perf_counter() - began)


def hopeless(candidate: Candidate, d: int, fold_rows: int) -> str | None:
    """Why the candidate can't be told from its n rows of d values, fold_rows in the smallest fold, if so."""
    values, k = candidate.n * d, candidate.n_clusters
    if candidate.n_parameters > values:
        return f"{candidate.n_parameters} parameters, more than the {values} values (n x d)"
    if k > fold_rows:
        return f"{k} clusters, more than a fold's {fold_rows} rows"
    if candidate.covariance_type == "full" and fold_rows < k * (d + 1):
        return (
            f"a full covariance in {d} dimensions takes {d + 1} rows a component, a fold has {fold_rows // k}"
        )
    return None


def _figures(grid: Grid, candidate: Candidate, options: dict[str, Any]) -> dict[str, Any]:
    def fitted(fold: Fold) -> Any:
        start = fold.start(candidate.n_clusters)
        build = CLUSTERERS[candidate.clusterer]
        estimator = build(candidate.n_clusters, grid.random_state, initial_means=start, **options)
        return estimator.fit(fold.fitted if candidate.covariance_type is None else fold.shared)

    def scored(fold: Fold) -> tuple[Any, np.ndarray]:
        estimator = fitted(fold)
        return estimator, log_likelihood(estimator, fold.scored)

    n_threads = None if candidate.clusterer in SIDE_BY_SIDE else 1
    (estimator, whole), *rest = in_threads(scored, (grid.whole, *grid.folds), n_threads)
    if not estimator.converged_:
        return {"dropped": f"did not converge in {estimator.max_iter} iterations"}
    total, scores = float(whole.sum()), [score for _, score in rest]
    means = [float(score.mean()) for score in scores]
    return {
        "aic": 2 * candidate.n_parameters - 2 * total,
        "bic": candidate.n_parameters * float(np.log(candidate.n)) - 2 * total,
        "cv_log_likelihood": float(np.concatenate(scores).mean()),
        "cv_standard_error": float(np.std(means, ddof=1) / np.sqrt(len(means))),
        "cv_folds": tuple(means),
        "inertia": estimator.inertia_,
        **separation(grid.whole.fitted, grid.distances, estimator.labels_),
    }


def separation(x: np.ndarray, distances: np.ndarray, labels: np.ndarray) -> dict[str, float | None]:
    """Silhouette and Davies-Bouldin of labels (n,); None where there is one cluster, or n of them."""
    if not 2 <= len(np.unique(labels)) < len(x):
        return {"silhouette": None, "davies_bouldin": None}
    return {
        "silhouette": float(silhouette_score(distances, labels, metric="precomputed")),
        "davies_bouldin": float(davies_bouldin_score(x, labels)),
    }
