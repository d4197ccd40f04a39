"""How close latents are to the prior: moments and the maximum mean discrepancy."""

import numpy as np
import pytest

from models.autoencoders.normality import mmd2, normality_figures
from tests.bounds import of_mean


def mmd2_of_wide(factor, d):
    """MMD^2 of N(0, factor^2 I) to N(0, I), |a - b|^2 taken as its mean: right for many dimensions."""
    kernel = lambda variance: 1 / (1 + variance / 2)  # noqa: E731
    return kernel(2 * factor**2) + kernel(2) - 2 * kernel(1 + factor**2)


def test_normal_latents_pass_and_others_do_not():
    generator = np.random.default_rng(1)
    normal = normality_figures(generator.standard_normal((400, 6)))
    assert normal["mmd2"] < normal["mmd2_prior_95"] * 1.5
    assert normal["largest_mean"] < of_mean(1, 400)
    assert normal["near_normal"]
    wide = normality_figures(1.6 * generator.standard_normal((400, 6)))
    assert wide["mmd2"] > 5 * wide["mmd2_prior_95"]
    assert wide["smallest_variance"] > 2  # 2.56, and a deviation of 0.18
    assert not wide["near_normal"]
    many = normality_figures(generator.standard_normal((900, 128)))
    assert many["mmd2_too_wide"] == pytest.approx(mmd2_of_wide(1.2, 128), rel=0.3)  # 0.3 for a mean's sake
    slightly_wide = normality_figures(1.3 * generator.standard_normal((900, 128)))
    assert slightly_wide["largest_variance"] < 2.3  # of 128, each 1.69 with a deviation of 0.08
    assert not slightly_wide["near_normal"]
    two_lumps = normality_figures(generator.choice([-1.0, 1.0], (450, 2)))  # the right moments, no more
    assert two_lumps["mmd2"] > 3 * two_lumps["mmd2_prior_95"]


def test_mmd_is_the_mean_over_pairs():
    generator = np.random.default_rng(0)
    a, b = generator.standard_normal((5, 3)), generator.standard_normal((4, 3)) + 1

    def kernel(x, y):
        return 6.0 / (6.0 + ((x - y) ** 2).sum())

    within = np.mean([kernel(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j])
    within += np.mean([kernel(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j])
    between = np.mean([kernel(x, y) for x in a for y in b])
    assert mmd2(a, b) == pytest.approx(within - 2 * between)
