"""Refits on halves: prediction strength against brute force, and what noise and failures do."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import kmeans_plusplus

from components.evaluate.search import stability
from components.evaluate.search.criteria import Candidate
from components.evaluate.search.folds import build_kind, fitted_on
from components.evaluate.search.settings import SelectionSettings
from components.evaluate.search.stability import (
    Resampled,
    bic_over_seeds,
    prediction_strength,
    resample,
    singled,
)
from models.clustering.rows import Rows
from models.clustering.rules.mixture import mixture_log_likelihood

FIT = SelectionSettings(reg_covar=1e-3)


def blobs(n=160, k=4, d=3, spread=12.0):
    generator = np.random.default_rng(0)
    truth = np.arange(n) % k
    return spread * generator.normal(size=(k, d))[truth] + generator.normal(size=(n, d))


@given(st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=1, max_size=14))
def test_prediction_strength_is_the_worst_clusters_share_of_pairs(pairs):
    labels, predicted = (np.array(side) for side in zip(*pairs, strict=True))
    shares = []
    for label in set(labels.tolist()) - {-1}:
        members = np.flatnonzero(labels == label)
        together = [
            predicted[i] == predicted[j] and predicted[i] >= 0 for i, j in combinations(members.tolist(), 2)
        ]
        if together:
            shares.append(np.mean(together))
    assert prediction_strength(labels, predicted) == pytest.approx(min(shares, default=0.0))


def test_noise_is_a_cluster_a_row():
    assert singled(np.array([-1, 2, -1, 0])).tolist() == [3, 2, 4, 0]


def test_planted_groups_are_stable_and_too_many_are_not():
    x = blobs()
    right = resample(Rows(x, None), Candidate("kmeans", None, 4, "s", len(x), 0), 0, FIT).as_fields()
    many = resample(Rows(x, None), Candidate("kmeans", None, 9, "s", len(x), 0), 0, FIT).as_fields()
    assert right["stability"] == right["prediction_strength"] == 1.0
    # Nine of four groups: each half splits some of them, by chance.
    assert many["stability"] < 0.9
    assert many["prediction_strength"] < 0.8
    low, high = many["stability_interval"]
    assert low <= many["stability"] <= high


def test_the_two_halves_share_no_row(monkeypatch):
    """Halves that overlap, or are drawn with replacement, agree too well."""
    fitted = []
    monkeypatch.setattr(
        stability, "fitted_on", lambda rows, one: fitted.append(rows.x) or fitted_on(rows, one)
    )
    x = blobs(n=61)
    resample(Rows(x, None), Candidate("kmeans", None, 4, "s", len(x), 0), 0, FIT, splits=3)
    assert len(fitted) == 6
    halves = sorted(fitted, key=len)  # they are fitted in threads, in any order
    assert [len(half) for half in halves] == [30] * 3 + [31] * 3
    rows = {row.tobytes() for row in x}
    of_halves = [{row.tobytes() for row in half} for half in fitted]
    assert all(len(members) == len(half) for members, half in zip(of_halves, fitted, strict=True))
    assert all(any(members | other == rows for other in of_halves) for members in of_halves)


def test_kinds_that_find_the_number_are_refitted_without_it():
    x = blobs()
    found = resample(Rows(x, None), Candidate("hdbscan", None, 4, "s", len(x), 0, True), 0, FIT, splits=3)
    assert len(found.ari) == 3
    assert found.failed == 0


def test_splits_that_cannot_be_fitted_are_counted():
    x = np.repeat(np.eye(3), 4, axis=0)
    found = resample(Rows(x, None), Candidate("kmeans", None, 5, "s", 12, 0), 0, FIT, splits=2)
    assert found.failed == 2
    assert found.as_fields() == {}


def test_bic_over_seeds_depends_on_the_seed_only():
    x = blobs(spread=2.0)
    first = bic_over_seeds(x, ("gmm", "full"), 6, FIT, seeds=(0, 1, 0))
    assert first[0] == first[2]
    assert len(set(first)) == 2
    assert len(bic_over_seeds(x, ("gmm", "full"), 2, FIT)) == stability.SEEDS


def test_bic_over_seeds_is_its_formula():
    x, k, d = blobs(spread=2.0), 4, 3
    (found,) = bic_over_seeds(x, ("gmm", "full"), k, FIT, seeds=(5,))
    starts = kmeans_plusplus(x, k, random_state=5)[0]
    mixture = build_kind(("gmm", "full"), k, 5, FIT).set_params(initial_means=starts).fit(x).rule_
    parameters = k * d + k * d * (d + 1) // 2 + k - 1  # means, covariances, weights
    expected = parameters * np.log(len(x)) - 2 * mixture_log_likelihood(mixture, x).sum()
    assert found == pytest.approx(expected)


def test_the_interval_holds_95_percent_of_the_splits():
    told = Resampled(tuple(np.linspace(0, 1, 41)), (0.2, 0.4), 0).as_fields()
    assert told["stability"] == pytest.approx(0.5)
    assert told["stability_interval"] == pytest.approx((0.025, 0.975))
    assert told["prediction_strength"] == pytest.approx(0.3)


def test_groups_that_a_network_has_told_are_not_said_to_be_stable():
    logits = np.eye(4)[np.arange(40) % 4] * 9
    told = Candidate("softmax", None, 4, "uncentred(4)", 40, 0, True)
    assert resample(Rows(logits, None), told, 0, FIT) == Resampled((), (), 0)
    assert resample(Rows(logits, None), told, 0, FIT).as_fields() == {}
