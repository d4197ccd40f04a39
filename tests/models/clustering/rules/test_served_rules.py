"""The rules as graphs say what the rules in Python say."""

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.clusterers import CLUSTERERS
from models.clustering.rules.exemplars import Exemplars
from models.clustering.rules.mixture import Mixture
from models.clustering.rules.nearest_mean import averages_of
from models.clustering.rules.served_rules import served_rule


def rows(n=300, d=64, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(6, d))[np.arange(n) % 6] * 2 + generator.normal(size=(n, d)) + 30.0


@pytest.mark.parametrize("name", sorted(CLUSTERERS))
def test_every_clusterer_is_served_as_it_was_fitted(name):
    if name == "infomap":
        pytest.importorskip("infomap", reason="the extra infomap is not installed")
    estimator = CLUSTERERS[name].build(None if CLUSTERERS[name].finds_number else 6, 0).fit(rows())
    rule = estimator.rule_
    new = rows(seed=1)
    expected, found = rule.assign(new), served_rule(rule)(tf.constant(new))
    np.testing.assert_array_equal(found["cluster"], expected.cluster)
    np.testing.assert_allclose(found["probability"], expected.confidence, atol=1e-6)
    np.testing.assert_allclose(found["familiarity"], expected.familiarity, rtol=1e-6, atol=1e-6)


def test_a_point_on_an_exemplar_and_one_beyond_reach():
    rule = Exemplars(np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([3, -1]), np.arange(2), 1.5)
    found = served_rule(rule)(tf.constant([[0.0, 0.0], [1.0, 0.0], [3.9, 0.0], [0.0, 9.0]], tf.float64))
    assert found["cluster"].numpy().tolist() == [3, 3, -1, -1]
    np.testing.assert_allclose(found["probability"], [1.0, 0.9, 0.0, 0.0])
    np.testing.assert_allclose(found["familiarity"], [0.0, -1.0, -0.01, -81.0], atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_in_several_clusters_are_told_alike(seed):
    """Half of the photos equal: which of their clusters is nearest would be a matter of rounding."""
    generator = np.random.default_rng(seed)
    few = generator.normal(size=(20, 16)) + 100.0
    x = np.concatenate([few, np.repeat(few[:4], 10, axis=0)])
    labels = generator.integers(-1, 6, len(x))
    for rule in (
        Exemplars(x, labels, np.arange(len(x))),
        averages_of(few[[0, 0, 1, 1, 2, 3]], np.arange(6), few[9], 2.0),
    ):
        expected, found = rule.assign(x), served_rule(rule)(tf.constant(x))
        np.testing.assert_array_equal(found["cluster"], expected.cluster)
        np.testing.assert_allclose(found["probability"], expected.confidence, atol=1e-6)


def test_of_equal_exemplars_the_lowest_cluster_counts():
    rule = Exemplars(np.ones((3, 2)), np.array([5, 2, 3]), np.arange(3))
    found = served_rule(rule)(tf.ones((1, 2), tf.float64))
    assert found["cluster"].numpy().tolist() == rule.assign(np.ones((1, 2))).cluster.tolist() == [2]
    assert found["probability"].numpy() == rule.assign(np.ones((1, 2))).confidence == 0.5


def test_only_one_cluster_is_certain():
    rule = Exemplars(np.zeros((2, 1)), np.zeros(2, np.int64), np.arange(2))
    assert served_rule(rule)(tf.constant([[5.0]], tf.float64))["probability"].numpy() == 1.0


def test_a_dead_component_is_never_chosen():
    mixture = Mixture(np.array([1.0, 0.0]), np.array([[0.0], [5.0]]), np.ones((2, 1, 1)))
    found = served_rule(mixture)(tf.constant([[5.0]], tf.float64))
    assert found["cluster"].numpy().tolist() == [0]
    assert found["probability"].numpy() == pytest.approx(1.0)


def test_no_points():
    rule = Exemplars(np.zeros((2, 1)), np.arange(2), np.arange(2))
    assert served_rule(rule)(tf.zeros((0, 1), tf.float64))["cluster"].shape == (0,)
