"""Whether the new pictures are unlike those that the latest blessed model was made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

DRIFT = "drift"
SURE = 1.96  # standard errors of a normal 95% interval


def drift_of(earlier: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """How many more of the new pictures than of its own the earlier model finds unlike what it learned from.

    ``earlier`` has ``unknown_here`` and ``unknown_there``, each of ``unknown_share``: of the eval split of
    this run, and of its own. Returns ``drift``, the difference of the shares, -1 to 1; its
    ``standard_error``; and ``sure``, whether the 95% interval of the difference is above 0. None if the
    earlier model does not tell.
    """
    here, there = (None if earlier is None else earlier.get(f"unknown_{side}") for side in ("here", "there"))
    if not here or not there:
        return None
    errors = [one["share"] * (1 - one["share"]) / one["n"] for one in (here, there)]
    drift, error = here["share"] - there["share"], math.sqrt(sum(errors))
    return {DRIFT: drift, "standard_error": error, "sure": drift > SURE * error, "here": here, "there": there}


def drift_words(found: Mapping[str, Any]) -> str:
    """What was found, in a sentence."""
    here, there = (f"{100 * found[side]['share']:.1f}% of {found[side]['n']}" for side in ("here", "there"))
    verdict = "unlike the old" if found["sure"] else "no less like the old"
    return (
        f"The new pictures are {verdict}: the model blessed last finds {here} of these unlike what it "
        f"learned from, and {there} of its own."
    )


def drift_finding(found: Mapping[str, Any] | None, limit: float, off: bool) -> list[tuple[bool, str]]:
    """Whether the drift is at most ``limit``, and that in words; with a limit of 1 it is only told."""
    if found is None or off:
        return []
    if limit >= 1:
        return [(True, drift_words(found))]
    passed = found[DRIFT] <= limit
    verdict = "Met" if passed else "Refused"
    words = f"{verdict}: {DRIFT} is {found[DRIFT]:.4g}, the recipe asks for at most {limit:.4g}."
    return [(passed, f"{words} {drift_words(found)}")]
