"""Whether a model may be pushed: the recipe's thresholds, and no worse than the latest blessed one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from numbers import Real
from typing import Any

# Two models have different spaces, in which these metrics have different units.
WITHIN_ONE_SPACE = ("silhouette", "davies_bouldin", "cv_log_likelihood", "bic", "aic")
# Name of the metric: whether more is better, or None if two models can't be compared by it.
METRICS: dict[str, bool | None] = {
    "eval_reconstruction_mse": False,
    "train_reconstruction_mse": False,
    "ari": True,
    "nmi": True,
    "pairwise_precision": True,
    "pairwise_recall": True,
    "pairwise_f": True,
    "purity": True,
    "acc": True,
    "roc_auc": True,
    "roc_eer": False,
    "n_clusters": None,
    "n_faces": None,
    "largest_cluster_share": None,
    "interconnectedness": True,
    "held_out_gain": True,
    "stability": True,
    "effective_rank": None,
    "n_singletons": None,
    "kept_variance": None,
    **dict.fromkeys(WITHIN_ONE_SPACE),
}
BOUNDS = ("min", "max")


@dataclass(frozen=True)
class Verdict:
    """Blessed or not, and every reason in words, for and against.

    ``rules`` has one dict for each rule with its name, figure, limit (text) and verdict: "met", "refused",
    "off" (the recipe turned it off) or "not judged" (there is nothing to judge by).
    """

    blessed: bool
    reasons: list[str]
    rules: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values only, ready for JSON."""
        return asdict(self)


def decide(
    current: Mapping[str, Any],
    baseline: Mapping[str, Any] | None,
    thresholds: Mapping[str, Mapping[str, float]],
    tolerances: Mapping[str, float],
    left_out: str = "",
) -> Verdict:
    """The verdict on ``current`` metrics; ``baseline`` are those of the latest blessed model, if any.

    ``left_out`` says in words that there is another one, and why it is not compared.

    ``thresholds`` is {metric: {"min": a, "max": b}} with one bound or both, inclusive. ``tolerances`` is
    {metric: how much worse than the baseline is allowed}, in the metric's own unit; only metrics named there
    are compared. Both dicts of metrics may name their eval split as ``eval_split`` (any string). If the two
    differ, nothing is compared. A metric that is missing, None or not finite leads to a refusal. One that
    neither model has, such as those that need labels, is skipped. Raises ValueError on unknown metrics or
    bounds, and on comparing metrics across spaces (silhouette, …). Example::

        decide({"pairwise_f": 0.41}, {"pairwise_f": 0.40}, {"pairwise_f": {"min": 0.1}}, {"pairwise_f": 0.02})
    """
    for name in thresholds:
        check_threshold(name, thresholds[name])
    for name in tolerances:
        check_tolerance(name, tolerances[name])
    findings = [
        finding for name in thresholds for finding in against_threshold(name, current, thresholds[name])
    ]
    findings += [(True, left_out)] if left_out else []
    if baseline is not None or not left_out:
        findings += against_baseline(current, baseline, tolerances)
    if not findings:
        findings = [(True, "No threshold and nothing to compare: blessed as it is.")]
    return Verdict(all(passed for passed, _ in findings), [reason for _, reason in findings])


def check_threshold(name: str, bounds: Mapping[str, float]) -> None:
    """Raises ValueError on an unknown metric, and unless there are known bounds that are numbers."""
    check_name(name)
    if not bounds or set(bounds) - set(BOUNDS) or not all(is_number(value) for value in bounds.values()):
        raise ValueError(
            f"Threshold of {name}: expected {{'min': a, 'max': b}} or one; received {dict(bounds)}."
        )


def check_tolerance(name: str, tolerance: float) -> None:
    """Raises ValueError on a metric that two models cannot be compared by, or a negative tolerance."""
    check_name(name)
    if name in WITHIN_ONE_SPACE:
        raise ValueError(
            f"{name} cannot be compared with the latest blessed model's: every model has its own embedding "
            f"space, and {name} has another unit in each. Compare eval_reconstruction_mse, or with labels "
            "ari or pairwise_f; a threshold on it is allowed."
        )
    if METRICS[name] is None:
        raise ValueError(f"{name} is neither better high nor low. Give it a threshold, not a tolerance.")
    if not is_number(tolerance) or tolerance < 0:
        raise ValueError(f"Tolerance of {name}: expected a number of at least 0, received {tolerance!r}.")


def check_name(name: str) -> None:
    """Raises ValueError on an unknown metric."""
    if name not in METRICS:
        raise ValueError(f"Unknown metric {name!r}. Expected one of: {', '.join(sorted(METRICS))}.")


def is_number(value: Any) -> bool:
    """Whether the value is a finite number, of Python or NumPy, and not a bool."""
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def number(metrics: Mapping[str, Any], name: str) -> float | None:
    """The metric as a float, None if it is missing or not a finite number."""
    value: Any = metrics.get(name)
    return float(value) if is_number(value) else None


def against_threshold(
    name: str, current: Mapping[str, Any], bounds: Mapping[str, float]
) -> list[tuple[bool, str]]:
    """One finding for each bound, or one that says that the metric is missing."""
    value = number(current, name)
    if value is None:
        return [(False, f"Refused: {name} is {missing(current, name)}; the recipe asks for {dict(bounds)}.")]
    findings = []
    for bound, words in (("min", "at least"), ("max", "at most")):
        if bound in bounds:
            limit = bounds[bound]
            passed = value >= limit if bound == "min" else value <= limit
            verdict = "Met" if passed else "Refused"
            findings.append(
                (passed, f"{verdict}: {name} is {value:.4g}, the recipe asks for {words} {limit:.4g}.")
            )
    return findings


def against_baseline(
    current: Mapping[str, Any], baseline: Mapping[str, Any] | None, tolerances: Mapping[str, float]
) -> list[tuple[bool, str]]:
    """One finding for each metric in ``tolerances``, or one that says why nothing is compared."""
    if baseline is None:
        return [(True, "No blessed model yet: nothing to compare with.")]
    if current.get("eval_split") != baseline.get("eval_split"):
        words = "The latest blessed model was judged on another eval split: not compared."
        return [(True, words)]
    return [compared(name, current, baseline, tolerances[name]) for name in tolerances]


def compared(
    name: str, current: Mapping[str, Any], baseline: Mapping[str, Any], tolerance: float
) -> tuple[bool, str]:
    """Whether the metric is worse than the baseline's by at most the tolerance, and that in words."""
    now, before = number(current, name), number(baseline, name)
    if before is None and (now is not None or current.get(name) is None):
        return True, f"Not compared: {name} is {missing(baseline, name)} in the latest blessed model."
    if now is None or before is None:
        told = "has none" if before is None else f"has {before:.4g}"
        return False, f"Refused: {name} is {missing(current, name)}; the latest blessed model {told}."
    worse = before - now if METRICS[name] else now - before
    figures = f"{name} is {now:.4g}, the latest blessed model's is {before:.4g}"
    if worse > tolerance:
        return False, f"Refused: {figures}; worse by {worse:.4g}, allowed is {tolerance:.4g}."
    return True, f"Met: {figures}; no worse by more than {tolerance:.4g}."


def missing(metrics: Mapping[str, Any], name: str) -> str:
    """How a metric is missing, in words."""
    value = metrics.get(name)
    return "missing" if value is None else f"not a finite number ({value!r})"
