"""Bands of the ROC and intervals of verification: against scikit-learn, against copies, over people."""

import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from components.evaluate.figures.bands import (
    GRID,
    pair_weights,
    roc_band,
    verification_intervals,
    weighted_roc,
)
from components.evaluate.figures.verification import Scored, figures_of


def planted(n=80, folds=4, people=True, shift=1.5, seed=0):
    generator = np.random.default_rng(seed)
    same = np.arange(n) % 2 == 0
    scores = generator.standard_normal(n) + shift * same
    first = generator.integers(0, n // 4, n)
    second = np.where(same, first, (first + generator.integers(1, n // 4, n)) % (n // 4))
    named = np.stack([first, second], 1) if people else None
    return Scored(scores, same, np.arange(n) // 2 % folds, np.arange(n), named, 0)


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(-4, 4), st.booleans(), st.integers(0, 3)), min_size=2, max_size=25))
def test_the_weighted_curve_is_that_of_copies(pairs):
    scores, same, weight = (np.array(column) for column in zip(*pairs, strict=True))
    n = len(scores)
    one = Scored(scores.astype(float), same, np.zeros(n, int), np.arange(n), None, 0)
    again = np.repeat(same, weight), np.repeat(scores, weight)
    assume(again[0].any() and not again[0].all())
    (fpr,), (tpr,) = weighted_roc(one, weight[None])
    area = ((tpr[1:] + tpr[:-1]) / 2 * np.diff(fpr)).sum()
    assert area == pytest.approx(roc_auc_score(*again))
    for x, y in zip(fpr, tpr, strict=True):
        assert any(
            np.isclose(x, np.mean(again[1][~again[0]] >= cut))
            and np.isclose(y, np.mean(again[1][again[0]] >= cut))
            for cut in range(-5, 6)
        )


def test_pairs_of_two_people_count_as_often_as_both_are_drawn():
    people = np.array([[0, 0], [0, 1], [1, 2], [2, 2]])
    one = Scored(np.zeros(4), people[:, 0] == people[:, 1], np.zeros(4, int), np.arange(4), people, 0)
    weights, by = pair_weights(one, 50)
    assert by == "identities"
    a, c = weights[:, 0], weights[:, 3]
    b = 3 - a - c  # three draws among three people
    np.testing.assert_array_equal(weights[:, 1], a * b)
    np.testing.assert_array_equal(weights[:, 2], b * c)
    nameless = Scored(np.zeros(4), one.same, np.zeros(4, int), np.arange(4), None, 0)
    weights, by = pair_weights(nameless, 50)
    assert by == "pairs"
    assert (weights.sum(axis=1) == 4).all()


@pytest.mark.parametrize("people", [True, False])
def test_intervals_hold_the_figures(people):
    one = planted(people=people)
    found, figures = verification_intervals(one, 60), figures_of(one)
    assert found["by"] == ("identities" if people else "pairs")
    for name in ("auc", "accuracy", "eer"):
        entry = found["intervals"][name]
        assert entry["value"] == pytest.approx(figures[name])
        assert 0 <= entry["low"] < entry["value"] < entry["high"] <= 1
    json.dumps(found, allow_nan=False)


def test_more_pairs_make_it_narrower():
    def width(n):
        entry = verification_intervals(planted(n), 60)["intervals"]["auc"]
        return entry["high"] - entry["low"]

    assert width(800) < 0.6 * width(80)  # about sqrt(10) times narrower


def test_the_band_holds_a_rising_curve():
    one = planted()
    band = roc_band(one, 60)
    tpr, low, high = (np.array(band[name]) for name in ("tpr", "low", "high"))
    assert band["fpr"] == GRID.tolist()
    assert (np.diff(tpr) >= 0).all()
    assert ((low <= tpr) & (tpr <= high)).all()
    assert (high - low).max() > 0.05
    assert (tpr[-1], low[-1]) == (1.0, 1.0)
    threshold = np.sort(one.scores[~one.same])[-1]  # no false accept above it
    assert tpr[0] == np.mean(one.scores[one.same] > threshold)
    json.dumps(band, allow_nan=False)


def test_one_sort_of_pairs_gives_the_reason():
    one = Scored(np.ones(3), np.ones(3, bool), np.zeros(3, int), np.arange(3), None, 0)
    assert roc_band(one)["fpr"] == []
    assert "pairs of one person: 3, of two: 0" in roc_band(one)["undefined"]
    assert verification_intervals(one)["intervals"] == {}
