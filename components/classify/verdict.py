"""Whether a classifier may be pushed: better than guessing, calibrated, and no worse than the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.bless.blessing import Verdict
from components.classify.settings import ClassifierLimits


def judge(figures: Mapping[str, Any], earlier: Mapping[str, Any] | None, limits: ClassifierLimits) -> Verdict:
    """The verdict on figures of ``components.classify.figures.figures_of``.

    ``earlier`` are those of the last classifier that was pushed for this recipe, of the same columns, on the
    same faces; None without one.
    """
    rules = [above_guessing(figures, limits), calibrated(figures, limits), no_worse(figures, earlier, limits)]
    return Verdict(
        all(rule["verdict"] != "refused" for rule in rules),
        [str(rule.pop("reason")) for rule in rules],
        rules,
    )


def rule_of(name: str, figure: Any, limit: str, met: bool | None, reason: str) -> dict[str, Any]:
    """One rule as plain values; ``met`` is None where there is nothing to judge by."""
    verdict = "not judged" if met is None else "met" if met else "refused"
    return {"name": name, "figure": figure, "limit": limit, "verdict": verdict, "reason": reason}


def above_guessing(figures: Mapping[str, Any], limits: ClassifierLimits) -> dict[str, Any]:
    """The whole interval of the mean balanced accuracy lies above the least."""
    least, name = limits.min_balanced_accuracy, "balanced_accuracy"
    if not figures["judged"]:
        asked = limits.min_answers
        reason = f"no column has {asked} photos of either answer: nothing shows that it is no guess"
        return rule_of(name, None, f"above {least:g}", False, reason)
    found = figures["mean"][name]
    met = found["low"] is not None and found["low"] > least
    reason = (
        f"mean balanced accuracy {found['value']:.3f} ({interval(found)}) over {figures['judged']} columns, "
        f"{figures['n_people']} people: {'all' if met else 'not all'} of it above {least:g}"
    )
    return rule_of(name, found["value"], f"interval above {least:g}", met, reason)


def calibrated(figures: Mapping[str, Any], limits: ClassifierLimits) -> dict[str, Any]:
    """The mean calibration error is at most the limit."""
    most, name = limits.max_calibration_error, "calibration_error"
    if not figures["judged"]:
        return rule_of(name, None, f"at most {most:g}", None, "no column to calibrate by")
    found = figures["mean"][name]["value"]
    reason = f"mean calibration error {found:.3f}, at most {most:g} is allowed"
    return rule_of(name, found, f"at most {most:g}", found <= most, reason)


def no_worse(
    figures: Mapping[str, Any], earlier: Mapping[str, Any] | None, limits: ClassifierLimits
) -> dict[str, Any]:
    """The mean balanced accuracy is not much below that of the last classifier on the same faces."""
    name, by = "since_last", limits.worse_by
    if earlier is None or not earlier["judged"] or not figures["judged"]:
        return rule_of(name, None, f"{by:g} below at most", None, "no earlier classifier to compare with")
    now, before = (one["mean"]["balanced_accuracy"]["value"] for one in (figures, earlier))
    reason = f"mean balanced accuracy {now:.3f}, that of the last one on the same faces {before:.3f}"
    return rule_of(name, now - before, f"{by:g} below at most", now >= before - by, reason)


def interval(found: Mapping[str, Any]) -> str:
    """A 95% interval in words."""
    return "no interval" if found["low"] is None else f"{found['low']:.3f} to {found['high']:.3f}"
