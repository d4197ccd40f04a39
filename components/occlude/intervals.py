"""How certain an effect of occlusion is: a bootstrap over people, the same draws for all that is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from components.evaluate.figures.intervals import LEVEL, draws

REPLICATES = 500
ROUNDING = 1e-6  # embeddings are float32, and a batch of another size is added up in another order


@dataclass(frozen=True)
class Effect:
    """A figure and its ``replicates`` (r,) float64, one a draw of people; NaN where it is undefined."""

    value: float
    replicates: np.ndarray

    def minus(self, other: Effect) -> Effect:
        """The difference, paired: of the same draws."""
        return Effect(self.value - other.value, self.replicates - other.replicates)

    def size(self) -> Effect:
        """P2's q: the figure without its sign."""
        return Effect(abs(self.value), np.abs(self.replicates))

    def per(self, number: float) -> Effect:
        """The figure divided by a number."""
        return Effect(self.value / number, self.replicates / number)

    def ends(self) -> tuple[float, float] | None:
        """The 95% interval, percentiles of the replicates; it holds the value. None with fewer than two."""
        known = self.replicates[np.isfinite(self.replicates)]
        if len(known) < 2 or not np.isfinite(self.value):
            return None
        low, high = np.percentile(known, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
        return float(min(low, self.value)), float(max(high, self.value))

    def told(self) -> dict[str, float | None]:
        """{"value", "low", "high"} for JSON."""
        low, high = self.ends() or (None, None)
        return {"value": self.value if np.isfinite(self.value) else None, "low": low, "high": high}

    @property
    def sure(self) -> int:
        """1 or -1 where the whole interval is above or below 0, by more than a model's rounding; else 0."""
        ends = self.ends()
        return 0 if ends is None else int(ends[0] > ROUNDING) - int(ends[1] < -ROUNDING)


def mean_of(effects: Sequence[Effect]) -> Effect:
    """The mean of some effects, paired."""
    return Effect(
        float(np.mean([one.value for one in effects])), np.mean([one.replicates for one in effects], axis=0)
    )


def people_weights(people: np.ndarray, replicates: int = REPLICATES, random_state: int = 0) -> np.ndarray:
    """How often each face counts in each replicate: int64 (r, n), as often as its person was drawn."""
    _, number = np.unique(people, return_inverse=True)
    drawn: np.ndarray = draws(int(number.max(initial=-1)) + 1, replicates, random_state)[:, number]
    return drawn


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> Effect:
    """The mean of values (n,) and of each replicate with weights (r, n); NaN where a replicate has none."""
    total = weights.sum(axis=1)
    sums = weights @ values.astype(np.float64)
    return Effect(float(np.mean(values)), np.where(total > 0, sums / np.where(total > 0, total, 1), np.nan))
