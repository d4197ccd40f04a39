"""What a fitted clusterer says of points: their cluster, how clearly, and how familiar they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from scipy.special import logsumexp
from sklearn.exceptions import NotFittedError

from models.clustering.rows import checked
from models.clustering.rules.exemplars import BLOCK, NOISE, Exemplars, confidence, own_distances
from models.clustering.rules.mixture import Mixture, weighted_log_densities
from models.clustering.rules.nearest_mean import Averages, nearest_by, own_average_distances

LOWEST = float(np.finfo(np.float64).min)
Rule = Mixture | Exemplars | Averages
UNKNOWN_SHARE = 0.01  # of the fitted rows that count as unknown


@dataclass(frozen=True)
class Assignment:
    """Of each of n points: ``cluster`` int64 (-1 noise), ``confidence`` 0 to 1, ``familiarity``.

    Of a mixture the confidence is the posterior of the cluster, the familiarity the log density in nats;
    of exemplars ``models.clustering.rules.exemplars.confidence``, and minus the squared distance to the
    nearest exemplar; of averages the same of 1 minus the cosine.
    """

    cluster: np.ndarray
    confidence: np.ndarray
    familiarity: np.ndarray


def rule_of(estimator: Any) -> Rule:
    """The fitted estimator's rule for new points; raises NotFittedError before ``fit``."""
    for name in ("mixture_", "exemplars_", "averages_"):
        if hasattr(estimator, name):
            return getattr(estimator, name)
    raise NotFittedError(f"{type(estimator).__name__} is not fitted yet. Call fit(x) first.")


def assign(rule: Rule, x: np.ndarray) -> Assignment:
    """The rule applied to points x (n, d); raises ValueError on NaN, infinity or another d."""
    x = checked(x)
    if not isinstance(rule, Mixture):
        found = nearest_by(rule, x)
        return Assignment(found.cluster, confidence(found), -found.own)
    cluster, familiarity, sure = np.empty(len(x), np.int64), np.empty(len(x)), np.empty(len(x))
    for start in range(0, len(x), step := max(1, BLOCK // len(rule.weights))):
        part = slice(start, start + step)
        weighted = weighted_log_densities(rule, x[part])
        familiarity[part] = logsumexp(weighted, axis=1)
        cluster[part] = weighted.argmax(axis=1)
        sure[part] = np.exp(weighted.max(axis=1) - familiarity[part])
    return Assignment(cluster, sure, familiarity)


def unknown_below(rule: Rule, x: np.ndarray, labels: np.ndarray) -> float:
    """The familiarity that 1% of the fitted rows x (n, d) fall below: points below it count as unknown.

    ``labels`` (n,) are the fitted ones. A row is no witness for itself: its distance is that to the
    nearest other exemplar of its cluster, or to the average of the others. Rows that have none are left
    out; the lowest float64, which JSON can hold, where no row has one.
    """
    if isinstance(rule, Exemplars):
        familiarity = -own_distances(rule, checked(x), labels)
    elif isinstance(rule, Averages):
        familiarity = -own_average_distances(rule, checked(x), labels)
    else:
        familiarity = assign(rule, x).familiarity
    familiarity = familiarity[np.isfinite(familiarity)]
    return float(np.quantile(familiarity, UNKNOWN_SHARE)) if len(familiarity) else LOWEST


def is_unknown(found: Assignment, below: float) -> np.ndarray:
    """Which points are noise, or less familiar than ``below``: bool (n,)."""
    return (found.cluster == NOISE) | (found.familiarity < below)


def rule_arrays(rule: Rule) -> dict[str, Any]:
    """The rule as arrays for a file; ``rule_from`` makes it again."""
    return {name: np.asarray(value) for name, value in vars(rule).items()}


def rule_from(arrays: Mapping[str, np.ndarray]) -> Rule:
    """The rule that ``rule_arrays`` took apart; further arrays are passed over."""
    kind = Averages if "directions" in arrays else Exemplars if "rows" in arrays else Mixture
    values: dict[str, Any] = {field.name: arrays[field.name] for field in fields(kind)}
    return kind(**{name: value.item() if value.ndim == 0 else value for name, value in values.items()})
