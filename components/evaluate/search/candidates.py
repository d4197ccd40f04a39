"""Fits one candidate of the grid, and computes its evidence: AIC, BIC, ICL, cross-validation, silhouette."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from components.evaluate.search.criteria import Candidate, Kind
from components.evaluate.search.folds import Fold, Grid, build_kind, fitted_on_fold, standard_error
from components.evaluate.search.implied_mixture import implied_mixture, implied_n_parameters
from components.evaluate.search.settings import SelectionSettings
from models.clustering.rules.mixture import Mixture, mixture_log_likelihood, mixture_posterior
from models.devices.threads import in_threads


def n_parameters(estimator: Any, n_clusters: int, d: int, noise: bool = False) -> int:
    """Free parameters of the estimator's mixture, or of the one that its grouping implies."""
    own = estimator.n_parameters(n_clusters, d)
    return implied_n_parameters(n_clusters, d, noise) if own is None else own


def evaluate(
    grid: Grid, kind: Kind, n_clusters: int | None, settings: SelectionSettings, most: int = 0
) -> Candidate:
    """Fits one candidate on all rows and on every fold. It is dropped, with a reason, if that is impossible.

    With ``n_clusters`` None the kind finds the number. ``most`` is the largest number that will be asked for.
    """
    began = time.perf_counter()
    n, d = grid.whole.fitted.x.shape
    finds = n_clusters is None
    estimator = build_kind(kind, n_clusters, grid.random_state, settings)
    parameters = 0 if n_clusters is None else n_parameters(estimator, n_clusters, d)
    candidate = Candidate(*kind, n_clusters or 0, grid.space, n, parameters, finds, rows=grid.rows)
    reason = (
        None if finds else hopeless(candidate, d, min(len(one.fitted) for one in (grid.whole, *grid.folds)))
    )
    if reason:
        return replace(candidate, dropped=reason)
    try:
        judged = _judged(grid, candidate, estimator, settings.reg_covar, most)
        return replace(judged, seconds=time.perf_counter() - began)
    except (ValueError, ImportError, np.linalg.LinAlgError) as error:
        return replace(candidate, dropped=str(error), seconds=time.perf_counter() - began)


def hopeless(candidate: Candidate, d: int, fold_rows: int) -> str | None:
    """Why the rows, of d values each, are too few for a candidate, or None; a fold has ``fold_rows``."""
    values, k = candidate.n * d, candidate.n_clusters
    if candidate.n_parameters > values:
        return f"{candidate.n_parameters} parameters, more than the {values} values (n x d)"
    if k > fold_rows:
        return f"{k} clusters, more than a fold's {fold_rows} rows"
    if candidate.variant == "full" and fold_rows < k * (d + 1):
        return (
            f"a full covariance in {d} dimensions takes {d + 1} rows a component, a fold has {fold_rows // k}"
        )
    return None


def density_of(estimator: Any, x: np.ndarray, reg_covar: float) -> Mixture:
    """The estimator's mixture, or the one that its grouping of the fitted rows x implies."""
    density = estimator.rule_.density
    return implied_mixture(x, estimator.labels_, reg_covar) if density is None else density


def _judged(grid: Grid, candidate: Candidate, unfitted: Any, reg_covar: float, most: int) -> Candidate:
    """The candidate with its figures."""
    x = grid.whole.fitted.x

    def scored(fold: Fold) -> tuple[Any, Mixture | None, np.ndarray]:
        estimator = fitted_on_fold(fold, candidate.clusterer, unfitted, most)
        if parameters_of(estimator, x.shape[1]) > x.size:
            return estimator, None, np.empty(0)
        mixture = density_of(estimator, fold.fitted.x, reg_covar)
        return estimator, mixture, mixture_log_likelihood(mixture, fold.scored)

    (estimator, mixture, _), *rest = in_threads(scored, (grid.whole, *grid.folds))
    labels = estimator.labels_
    candidate = replace(candidate, n_clusters=estimator.n_clusters_, **shares(labels))
    parameters = parameters_of(estimator, x.shape[1])
    candidate = replace(candidate, n_parameters=parameters, inertia=estimator.inertia_)
    candidate = replace(candidate, **separation(x, grid.distances, labels))
    if not estimator.converged_:
        return replace(candidate, dropped=f"did not converge in {estimator.max_iter} iterations")
    if mixture is None or any(one is None for _, one, _ in rest):
        return candidate  # too many parameters for its data: it has no density, but still a grouping
    candidate = replace(candidate, **information(mixture, x, parameters))
    if not rest:
        return candidate  # without folds
    scores = [score for _, _, score in rest]
    means = np.reshape([score.mean() for score in scores], (-1, grid.n_folds)).tolist()
    return replace(
        candidate,
        cv_log_likelihood=float(np.concatenate(scores).mean()),
        cv_standard_error=standard_error(means),
        cv_folds=tuple(map(tuple, means)),
    )


def parameters_of(estimator: Any, d: int) -> int:
    """Free parameters of a fitted estimator's density in d dimensions, or of the one that it implies."""
    return n_parameters(estimator, estimator.n_clusters_, d, bool((estimator.labels_ < 0).any()))


def information(mixture: Mixture, x: np.ndarray, parameters: int) -> dict[str, Any]:
    """AIC, BIC and ICL of a mixture with so many free parameters on rows x (n, d)."""
    total = float(mixture_log_likelihood(mixture, x).sum())
    posterior = mixture_posterior(mixture, x)
    entropy = -float(np.sum(posterior * np.log(np.maximum(posterior, 1e-300))))
    bic = parameters * float(np.log(len(x))) - 2 * total
    return {"aic": 2 * parameters - 2 * total, "bic": bic, "icl": bic + 2 * entropy}


def shares(labels: np.ndarray) -> dict[str, Any]:
    """The share of rows in no cluster, and in the largest."""
    sizes = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(1)
    return {
        "noise_share": float((labels < 0).mean()),
        "largest_cluster_share": float(sizes.max() / len(labels)),
    }


def separation(x: np.ndarray, distances: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Silhouette, Davies-Bouldin and Calinski-Harabasz of labels (n,), each in the space of x.

    In the silhouette a row in no cluster counts as a cluster of its own, which has 0; the other two are of
    the rows in clusters. None where there are fewer than two clusters, or as many as rows.
    """
    kept = labels >= 0
    out: dict[str, float | None] = dict.fromkeys(("silhouette", "davies_bouldin", "calinski_harabasz"))
    if not 2 <= len(np.unique(labels[kept])) < kept.sum():
        return out
    alone = labels.copy()
    alone[~kept] = labels.max() + 1 + np.arange((~kept).sum())
    out["silhouette"] = silhouette_of(distances, alone)
    out["davies_bouldin"] = float(davies_bouldin_score(x[kept], labels[kept]))
    out["calinski_harabasz"] = float(calinski_harabasz_score(x[kept], labels[kept]))
    return out


def silhouette_of(distances: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette (Rousseeuw 1987) of labels (n,), two or more, from all distances (n, n): -1 to 1.

    scikit-learn's figure, by one matrix product: at 4,000 rows in 60 clusters several times as fast, and the
    grid asks for it hundreds of times. A row alone in its cluster has 0.
    """
    _, codes, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    members = csr_matrix(
        (np.ones(len(codes)), (np.arange(len(codes)), codes)), shape=(len(codes), len(sizes))
    )
    sums = (members.T @ distances).T  # (n, k): the distances of each row to each cluster, summed
    line = np.arange(len(codes))
    own = sums[line, codes] / np.maximum(sizes[codes] - 1, 1)
    means = sums / sizes
    means[line, codes] = np.inf
    nearest = means.min(axis=1)
    largest = np.maximum(own, nearest)
    score = np.divide(
        nearest - own, largest, out=np.zeros(len(own)), where=(largest > 0) & (sizes[codes] > 1)
    )
    return float(score.mean())
