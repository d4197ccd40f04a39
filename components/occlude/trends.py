"""P2's trends (6.4.3), each on the same faces: sevenths, strips, left and right, upper and lower."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.occlude.conditions import Condition
from components.occlude.families import SEVENTHS, STRIPS
from components.occlude.intervals import Effect, mean_of

SEEN = 3  # sevenths that are hidden down to 4/7 shown, where the paper's fall ends


@dataclass(frozen=True)
class Trend:
    """What is told: a sentence about what the ``effect`` is, and what P2 found for gender."""

    name: str
    words: str
    paper: str
    effect: Effect


def trends(effects: Mapping[Condition, Mapping[str, Effect]], score: str) -> list[Trend]:
    """The trends of one score, from the effects of all 64 masks in the main fill."""

    def fall(mask: str) -> Effect:
        return effects[Condition(mask)][score]

    def side(k: int) -> Effect:
        return mean_of([fall(f"right_to_left.{k}"), fall(f"left_to_right.{k}")])

    sides = [
        fall(f"right_to_left.{k}").minus(fall(f"left_to_right.{k}")) for k in range(1, SEVENTHS)
    ]  # at seven nothing is left of either
    lower, upper = fall("bottom_to_top.3"), fall("top_to_bottom.2")  # both are parted at the eyes' lower end
    return [
        Trend(
            "sevenths, to 4/7",
            "fall a seventh, while the first three are hidden",
            "5.5%",
            side(SEEN).per(SEEN),
        ),
        Trend(
            "sevenths, beyond",
            "fall a seventh, of the four that are hidden after these",
            "flat",
            side(SEVENTHS).minus(side(SEEN)).per(SEVENTHS - SEEN),
        ),
        Trend("strips", "fall a strip that is hidden alone", "15%", mean_of([fall(m) for m in STRIPS])),
        Trend(
            "left and right",
            "fall without the right side less that without the left",
            "equal",
            mean_of(sides),
        ),
        Trend(
            "upper and lower",
            "fall with the upper face alone (to the eyes' lower end) less that with the lower face alone",
            "the lower face is worth 26% more at 32x32, the upper at 224x224",
            upper.minus(lower),
        ),
    ]
