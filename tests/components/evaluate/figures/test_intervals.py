"""Intervals over people: they hold the figure, narrow with more people, and cover what they should."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.evaluate.figures.agreement import NAMES
from components.evaluate.figures.intervals import draws, interval, label_intervals, spread_over_seeds
from components.evaluate.figures.metrics import label_metrics


def planted(n_people, wrong=0.3, photos=5, seed=0):
    """Photos of each person, of which a share went to another person's cluster."""
    generator = np.random.default_rng(seed)
    people = np.repeat(np.arange(n_people), photos)
    moved = generator.random(len(people)) < wrong
    clusters = np.where(moved, generator.integers(0, n_people, len(people)), people)
    return [f"p{i}" for i in people], clusters


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-1, 4)), min_size=2, max_size=25),
    st.integers(0, 5),
)
def test_an_interval_holds_its_figure_within_its_range(faces, seed):
    labels, clusters = [face[0] for face in faces], np.array([face[1] for face in faces])
    found = label_intervals(labels, clusters, n_replicates=20, random_state=seed)
    figures = label_metrics(labels, clusters)
    if len(set(labels)) < 2:
        assert found["intervals"] == {}
        assert "at least 2" in found["undefined"]
        return
    assert set(found["intervals"]) == set(NAMES)
    for name, one in found["intervals"].items():
        assert one["value"] == figures[name]
        if one["low"] is not None:
            assert one["low"] <= one["value"] <= one["high"]
            assert name in ("ari", "ami") or one["low"] >= 0
            assert name in ("merges", "moves", "repairs") or one["high"] <= 1
    json.dumps(found, allow_nan=False)


def test_a_grouping_without_error_is_sure():
    labels, clusters = planted(30, wrong=0.0)
    for name, one in label_intervals(labels, clusters)["intervals"].items():
        good = 0 if name in ("merges", "moves", "repairs") else 1
        assert one["low"] == pytest.approx(good, abs=1e-9), name
        assert one["high"] == pytest.approx(good, abs=1e-9), name


def test_more_people_make_it_narrower():
    def width(n_people):
        one = label_intervals(*planted(n_people))["intervals"]["bcubed_f"]
        return one["high"] - one["low"]

    assert width(400) < 0.6 * width(40)  # about sqrt(10) times narrower


def test_people_are_drawn_not_faces():
    """Ten alike photos a person say no more of other people than two do."""
    generator = np.random.default_rng(0)
    own = np.where(generator.random(60) < 0.5, np.arange(60), 60)  # half the people share a cluster

    def width(photos):
        labels = [f"p{i}" for i in np.repeat(np.arange(60), photos)]
        one = label_intervals(labels, np.repeat(own, photos))["intervals"]["bcubed_precision"]
        return one["high"] - one["low"]

    # The same draws: a photo more or less to each person is all that differs.
    assert width(10) == pytest.approx(width(2), rel=0.05)
    assert width(2) > 0.1


def test_it_covers_the_truth_as_often_as_it_says():
    """Of 40 samples of people, all but a few intervals hold the figure of very many people."""
    true = label_metrics(*planted(4000, seed=99))["pairwise_recall"]
    held = 0
    for seed in range(40):
        one = label_intervals(*planted(60, seed=seed), 100)["intervals"]["pairwise_recall"]
        held += one["low"] <= true <= one["high"]
    assert held >= 33  # 38 are due, 1.4 is the deviation of their number


def test_the_seed_decides_and_parts_do_not(monkeypatch):
    labels, clusters = planted(20)
    whole = label_intervals(labels, clusters, 50, 1)
    assert label_intervals(labels, clusters, 50, 1) == whole
    assert label_intervals(labels, clusters, 50, 2) != whole
    monkeypatch.setattr("components.evaluate.figures.intervals.CELLS_AT_ONCE", 100)
    parts = label_intervals(labels, clusters, 50, 1)
    assert parts["intervals"]["ami"] == pytest.approx(whole["intervals"]["ami"])


def test_draws_are_with_replacement():
    drawn = draws(7, 100, 0)
    assert (drawn.sum(axis=1) == 7).all()
    assert drawn.max() > 1
    assert drawn.min() == 0


def test_undefined_replicates_are_counted_out():
    found = interval("pairwise_precision", 0.5, np.array([0.4, np.nan, 0.6, np.nan]))
    assert found["n_defined"] == 2
    assert found["low"] < 0.5 < found["high"]
    one = interval("pairwise_precision", 0.5, np.array([0.4, np.nan]))
    assert (one["low"], one["high"], one["bias"], one["n_defined"]) == (None, None, None, 1)


def test_wrong_input_is_said():
    with pytest.raises(ValueError, match="received 1 for 2 faces"):
        label_intervals(["a"], np.array([0, 1]))
    with pytest.raises(ValueError, match="at least 2 replicates"):
        label_intervals(["a", "b"], np.array([0, 1]), 1)


def test_spread_over_seeds():
    runs = [
        {"n_clusters": 5, "largest_cluster_share": 0.4},
        {"n_clusters": 1, "largest_cluster_share": 1.0},
        {"n_clusters": 9, "largest_cluster_share": 0.91},
        {"n_clusters": 2, "largest_cluster_share": 0.9},
    ]
    found = spread_over_seeds([0.5, 0.0, None, 0.7], runs)
    assert found["mean"] == pytest.approx(0.4)
    assert found["deviation"] == pytest.approx(np.std([0.5, 0.0, 0.7], ddof=1))
    assert (found["n"], found["n_undefined"], found["n_collapsed"]) == (3, 1, 2)
    assert spread_over_seeds([0.5])["deviation"] is None
    assert spread_over_seeds([None])["mean"] is None
    assert spread_over_seeds([0.5])["n_collapsed"] is None
    with pytest.raises(ValueError, match="received 1 for 2"):
        spread_over_seeds([0.1, 0.2], runs[:1])


def test_the_bias_of_the_replicates_is_taken_out():
    replicates = 0.7 + np.linspace(-0.1, 0.1, 201)
    found = interval("purity", 0.5, replicates)
    assert found["bias"] == pytest.approx(0.2)
    assert (found["low"], found["high"]) == (pytest.approx(0.405), pytest.approx(0.595))
    assert interval("purity", 0.95, replicates + 0.3)["high"] == 1.0
