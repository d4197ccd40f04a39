"""The distance for a rate of false merges: by counting, and by the binomial itself."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from models.clustering.corrections.calibration import (
    TooFewVerdicts,
    calibrated,
    pairs_needed,
    rate_ruled_out,
)


def test_the_distance_keeps_the_rate_by_counting():
    different = np.arange(1, 1001) / 1000
    found = calibrated(np.array([0.02, 0.04, 0.06, 0.5]), different, 0.05)
    assert found.distance == 0.05
    assert (different <= found.distance).mean() == 0.05
    assert (found.n_same, found.n_different) == (4, 1000)
    assert found.missed == 0.5


@pytest.mark.parametrize(("n", "rate"), [(72, 0.05), (100, 0.05), (500, 0.1), (400, 0.01), (999, 0.5)])
def test_the_interval_is_that_of_the_binomial(n, rate):
    """Ranks r: the true distance is below the r-th nearest where fewer than r pairs are within it."""
    found = calibrated(np.empty(0), np.arange(1, n + 1).astype(float), rate)
    low, high = int(found.low), int(found.high)
    assert binom.cdf(low - 1, n, rate) <= 0.025 < binom.cdf(low, n, rate)
    assert binom.sf(high - 1, n, rate) <= 0.025 < binom.sf(high - 2, n, rate)
    assert low <= found.distance <= high


def test_the_interval_covers_as_often_as_it_says():
    """Distances uniform in 0 to 1, whose true distance for a rate of 0.1 is 0.1; 1,000 draws of 200."""
    generator = np.random.default_rng(0)
    covered = 0
    for _ in range(1000):
        found = calibrated(np.empty(0), generator.random(200), 0.1)
        covered += found.low <= 0.1 <= found.high
    # It covers in at least 95%; of 1,000 draws fewer than 922 would be 4 standard deviations below.
    assert covered >= 1000 * (0.95 - 4 * math.sqrt(0.95 * 0.05 / 1000))


@pytest.mark.parametrize(("rate", "needed"), [(0.01, 368), (0.05, 72), (0.5, 6)])
def test_so_many_pairs_are_needed_and_one_fewer_is_refused(rate, needed):
    assert (1 - rate) ** needed <= 0.025 < (1 - rate) ** (needed - 1)
    assert pairs_needed(rate) == needed
    calibrated(np.empty(0), np.linspace(0, 1, needed), rate)
    with pytest.raises(TooFewVerdicts, match=rf"{needed - 1} pairs .* needs {needed}: .* Judge 1 more"):
        calibrated(np.empty(0), np.linspace(0, 1, needed - 1), rate)


def test_the_rule_of_three():
    """At one side, 95%: about 3 / pairs; so a rate of 0.01 needs 299 pairs."""
    assert rate_ruled_out(300, 0.9) == pytest.approx(3 / 300, rel=0.01)
    assert pairs_needed(0.01, 0.9) == 299
    assert rate_ruled_out(0) == 1.0


def test_nobody_missed_bounds_the_share_missed():
    found = calibrated(np.zeros(50), np.linspace(0.5, 1, 100), 0.05)
    assert (found.missed, found.missed_low) == (0.0, 0.0)
    assert found.missed_high == pytest.approx(1 - 0.025 ** (1 / 50))
    none = calibrated(np.empty(0), np.linspace(0.5, 1, 100), 0.05)
    assert math.isnan(none.missed)
    assert (none.missed_low, none.missed_high) == (0.0, 1.0)


@pytest.mark.parametrize("rate", [0, -0.1, 0.6, math.nan])
def test_other_rates_are_refused(rate):
    with pytest.raises(ValueError, match="Expected a false_merge_rate above 0"):
        calibrated(np.zeros(5), np.ones(500), rate)


@pytest.mark.parametrize("distances", [np.array([0.1, math.nan]), np.array([-1.0]), np.ones((2, 2))])
def test_other_distances_are_refused(distances):
    with pytest.raises(ValueError, match="Expected same to be finite distances"):
        calibrated(distances, np.ones(500), 0.1)
