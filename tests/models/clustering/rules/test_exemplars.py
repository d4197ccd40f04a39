"""The nearest-exemplar rule, against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clustering.rules import exemplars as module
from models.clustering.rules import mixture as mixture_module
from models.clustering.rules.assignment import LOWEST, is_unknown, unknown_below
from models.clustering.rules.exemplars import (
    Exemplars,
    confidence,
    exemplars_of,
    nearest,
    own_distances,
    spread_sample,
)
from models.clustering.rules.mixture import spherical_mixture


@given(st.integers(1, 30), st.integers(1, 20), st.integers(1, 4), st.integers(0, 10**6))
def test_nearest_is_what_brute_force_finds(n, m, d, seed):
    generator = np.random.default_rng(seed)
    rows, x = generator.normal(size=(m, d)), generator.normal(size=(n, d)) * 2
    clusters = generator.integers(-1, 3, m)
    reach = float(generator.choice([0.5, np.inf]))
    found = nearest(Exemplars(rows, clusters, np.arange(m), reach), x)
    for i in range(n):
        squared = np.square(rows - x[i]).sum(axis=1)
        best = squared.argmin()
        expected = clusters[best] if squared[best] <= reach**2 else -1
        assert found.cluster[i] == expected
        assert found.own[i] == pytest.approx(squared[best])
        others = squared[clusters != clusters[best]]
        assert found.other[i] == pytest.approx(others.min()) if len(others) else np.isinf(found.other[i])


def test_blocks_change_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    rule = exemplars_of(generator.normal(size=(50, 3)), np.arange(50) % 4, 0)
    x = generator.normal(size=(37, 3))
    whole = nearest(rule, x)
    monkeypatch.setattr(module, "BLOCK", 60)
    part = nearest(rule, x)
    np.testing.assert_array_equal(whole.cluster, part.cluster)
    np.testing.assert_allclose(whole.own, part.own, atol=1e-12)


def test_confidence_falls_towards_the_edge():
    rule = Exemplars(np.array([[0.0], [10.0]]), np.arange(2), np.arange(2))
    sure = confidence(nearest(rule, np.array([[0.0], [1.0], [4.0], [5.0], [9.0]])))
    np.testing.assert_allclose(sure, [1.0, 81 / 82, 36 / 52, 0.5, 81 / 82])


def test_on_exemplars_of_two_clusters_it_is_a_half():
    rule = Exemplars(np.zeros((2, 2)), np.arange(2), np.arange(2))
    assert confidence(nearest(rule, np.zeros((1, 2)))).tolist() == [0.5]


def test_large_offsets_do_not_blur_distances():
    rule = Exemplars(np.array([[1e6], [1e6 + 1]]), np.arange(2), np.arange(2))
    found = nearest(rule, np.array([[1e6 + 0.25]]))
    assert found.own[0] == pytest.approx(0.0625, rel=1e-6)


def test_a_sample_keeps_every_cluster():
    labels = np.concatenate([np.zeros(900, int), np.arange(1, 101)])
    chosen = spread_sample(labels, 200, 0)
    assert set(labels[chosen].tolist()) == set(range(101))
    assert 100 + 150 <= len(chosen) <= 100 + 180
    np.testing.assert_array_equal(chosen, spread_sample(labels, 200, 0))
    assert (np.diff(chosen) > 0).all()


def test_an_exemplar_is_no_witness_for_itself():
    x = np.array([[0.0], [1.0], [3.0], [50.0]])
    labels = np.array([0, 0, 0, 1])
    rule = exemplars_of(x, labels, 0)
    np.testing.assert_allclose(own_distances(rule, x, labels), [1.0, 1.0, 4.0, np.nan])
    below = unknown_below(rule, x, labels)
    assert -4.0 <= below < -3.9
    found = rule.assign(np.array([[0.5], [20.0]]))
    assert is_unknown(found, below).tolist() == [False, True]


def test_nothing_is_unknown_where_nothing_is_known_of_distances():
    x = np.array([[0.0], [9.0]])
    assert unknown_below(exemplars_of(x, np.arange(2), 0), x, np.arange(2)) == LOWEST


def test_another_dimension_is_an_error():
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        nearest(Exemplars(np.zeros((1, 2)), np.zeros(1, int), np.zeros(1, int)), np.zeros((3, 1)))


def test_blocks_of_a_mixture_change_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    mixture = spherical_mixture(generator.normal(size=(5, 3)) * 4, 1.0)
    x = generator.normal(size=(37, 3)) * 4
    whole = mixture.assign(x)
    monkeypatch.setattr(mixture_module, "BLOCK", 20)
    part = mixture.assign(x)
    np.testing.assert_array_equal(whole.cluster, part.cluster)
    np.testing.assert_allclose(whole.confidence, part.confidence, atol=1e-12)
    np.testing.assert_allclose(whole.familiarity, part.familiarity, atol=1e-12)


@pytest.mark.parametrize("noise", [False, True])
def test_rows_that_a_sample_puts_elsewhere_are_exemplars_too(monkeypatch, noise):
    generator = np.random.default_rng(3)
    x = generator.uniform(size=(4000, 2))
    labels = np.floor(5 * x).astype(int) @ [1, 5]  # 25 squares: 200 rows know the borders little
    if noise:
        labels[generator.random(len(x)) < 0.01] = -1
    monkeypatch.setattr(module, "MOST_EXEMPLARS", 800)
    rule = exemplars_of(x, labels, 0)
    assert len(rule.index) <= 800 + 26
    np.testing.assert_array_equal(np.unique(rule.clusters), np.unique(labels))
    np.testing.assert_array_equal(labels[rule.index], rule.clusters)
    elsewhere = (rule.assign(x).cluster != labels).mean()
    monkeypatch.setattr(module, "CORRECTING", 0.0)
    assert elsewhere < (exemplars_of(x, labels, 0).assign(x).cluster != labels).mean()


def test_a_row_beyond_the_reach_of_the_sample_is_an_exemplar_of_its_own(monkeypatch):
    x = np.append(np.random.default_rng(0).normal(size=100), 50.0)[:, None]
    monkeypatch.setattr(module, "MOST_EXEMPLARS", 40)
    assert 100 in exemplars_of(x, np.zeros(101, int), 0, reach=5.0).index
