"""The q-list: which of five regions a model needs most, and which ranks are more than chance (P2, 6.2.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from components.occlude.conditions import MAIN, Condition
from components.occlude.families import MASKS
from components.occlude.intervals import Effect, mean_of

RANKED, UNSETTLED, LEVEL = "ranked", "unsettled", "level"
Effects = Mapping[Condition, Mapping[str, Effect]]


def qlist(
    score: str, masks: Sequence[str], effects: Effects, fills: Sequence[str], draws: int
) -> dict[str, Any]:
    """The regions of ``masks`` in falling order of q under one score, and each two of them compared.

    Returns ``score``; ``entries``, for each region its ``region``, ``mask``, the signed ``fall``, ``q``
    without sign, ``random``, the mean fall of random masks of the same area, ``beyond``, what it falls more
    than those, each {"value", "low", "high"}, and ``fills``, the fall in each fill; ``comparisons`` as of
    ``compare``. ``random`` and ``beyond`` are None where nothing was drawn.
    """
    ordered = sorted(masks, key=lambda mask: -abs(effects[Condition(mask)][score].value))
    return {
        "score": score,
        "entries": [_entry(mask, score, effects, fills, draws) for mask in ordered],
        "comparisons": [
            compare(above, below, score, effects, fills)
            for place, above in enumerate(ordered)
            for below in ordered[place + 1 :]
        ],
    }


def _entry(mask: str, score: str, effects: Effects, fills: Sequence[str], draws: int) -> dict[str, Any]:
    fall = effects[Condition(mask)][score]
    drawn = [effects[Condition(mask, MAIN, draw)][score] for draw in range(draws)]
    random = mean_of(drawn) if drawn else None
    return {
        "region": region_of(mask),
        "mask": mask,
        "fall": fall.told(),
        "q": fall.size().told(),
        "random": random and random.told(),
        "beyond": random and fall.minus(random).told(),
        "fills": {fill: effects[Condition(mask, fill)][score].told() for fill in fills},
    }


def compare(above: str, below: str, score: str, effects: Effects, fills: Sequence[str]) -> dict[str, Any]:
    """Whether one mask's q is surely larger than another's.

    Returns the regions ``above`` and ``below``, their paired ``difference``, ``turned_by``, the fills in
    which the order is the other way round, and ``status``: ``level`` where the difference's interval holds 0,
    else ``unsettled`` where a fill turns it round, else ``ranked``.
    """

    def difference(fill: str) -> Effect:
        first, second = (effects[Condition(mask, fill)][score].size() for mask in (above, below))
        return first.minus(second)

    turned = [fill for fill in fills if fill != MAIN and difference(fill).value < 0]
    found = difference(MAIN)
    status = LEVEL if found.sure <= 0 else UNSETTLED if turned else RANKED
    return {
        "above": region_of(above),
        "below": region_of(below),
        "difference": found.told(),
        "status": status,
        "turned_by": turned,
    }


def region_of(mask: str) -> str:
    """The region that a mask of one region is about."""
    return "+".join(MASKS[mask].regions)
