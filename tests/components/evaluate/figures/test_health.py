"""Figures about a model that need no labels."""

import numpy as np
import pytest

from components.evaluate.figures.health import health, held_out_gain
from components.evaluate.search.criteria import Candidate
from models.clustering.clusterers import CLUSTERERS


def blobs(n=300, k=5, d=4, seed=0):
    generator = np.random.default_rng(seed)
    means = np.random.default_rng(7).normal(size=(k, d)) * 8
    return means[np.arange(n) % k] + generator.normal(size=(n, d))


@pytest.mark.parametrize("name", ["kmeans", "gmm", "agglomerative"])
def test_groups_tell_held_out_rows_better_than_one_gaussian(name):
    estimator = CLUSTERERS[name].build(5, 0).fit(blobs())
    gain = held_out_gain(blobs(), blobs(seed=1), estimator, 1e-3)
    assert gain["gain"] == pytest.approx(gain["log_likelihood"] - gain["one_gaussian"])
    assert gain["gain"] > 10 * gain["standard_error"] > 0
    assert gain["n"] == 300


def test_groups_of_noise_do_not():
    generator = np.random.default_rng(0)
    x, new = generator.normal(size=(2, 300, 8))
    gain = held_out_gain(x, new, CLUSTERERS["agglomerative"].build(40, 0).fit(x), 1e-3)
    assert gain["gain"] + 2 * gain["standard_error"] < 0


def test_all_figures_are_there():
    x = blobs()
    estimator = CLUSTERERS["kmeans"].build(5, 0).fit(x)
    best = Candidate("kmeans", None, 5, "s", 300, 21, stability=0.9, stability_interval=(0.8, 1.0))
    splits = np.arange(200), np.arange(200, 300)
    found = health(x, x, estimator.labels_, splits, estimator, best, 1e-3)
    assert found["stability_interval"] == [0.8, 1.0]
    assert 1 < found["effective_rank"] <= found["dimension"] == 4
    assert found["mega_cluster"]["share"] == pytest.approx(0.2)
    nothing = health(x, x, estimator.labels_, (np.arange(300), np.arange(0)), estimator, best, 1e-3)
    assert nothing["held_out"] is None
