"""The rules as graphs say what the rules in Python say."""

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.clusterers import CLUSTERERS, COVARIANCE_TYPES
from models.clustering.rules.exemplars import Exemplars
from models.clustering.rules.mixture import Mixture, spherical_mixture
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


def variants():
    return [(name, kind) for name, entry in sorted(CLUSTERERS.items()) for kind in entry.variants]


@pytest.mark.parametrize(("name", "variant"), variants())
def test_every_clusterer_tells_duplicates_alike(name, variant):
    """Few photos, each many times, and points half-way between two of them."""
    if name == "infomap":
        pytest.importorskip("infomap", reason="the extra infomap is not installed")
    few = rows(8, 16)
    x = np.repeat(few, [1, 2, 3, 5, 8, 13, 2, 2], axis=0)
    entry = CLUSTERERS[name]
    number = 6 if entry.takes_number and variant not in entry.finds_number else None
    rule = entry.build(number, 0, **entry.variants[variant]).fit(x).rule_
    halves = (few[:, None] + few).reshape(-1, 16) / 2
    points = np.concatenate([x, halves, x + 1e-13 * np.abs(x)])
    expected, found = rule.assign(points), served_rule(rule)(tf.constant(points))
    np.testing.assert_array_equal(found["cluster"], expected.cluster)
    np.testing.assert_allclose(found["probability"], expected.confidence, atol=1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("seed", range(5))
def test_of_equal_components_the_first_counts(covariance_type, seed):
    """Two components of equal photos: which is likelier would be a matter of rounding."""
    generator = np.random.default_rng(seed)
    shapes = np.triu(generator.normal(size=(3, 24, 24))) / 8 + 2 * np.eye(24)
    if covariance_type == "tied":
        shapes[:] = shapes[0]
    elif covariance_type != "full":
        shapes = shapes * np.eye(24)
    if covariance_type == "spherical":
        shapes = shapes[:, :1, :1] * np.eye(24)
    means = generator.normal(size=(3, 24)) + 100.0
    which = np.array([2, 0, 1, 0, 2, 1, 0])
    mixture = Mixture(np.full(7, 1 / 7), means[which], shapes[which], covariance_type)
    near = np.arange(300) % 3
    x = means[near] + generator.normal(size=(300, 24)) / 2
    expected, found = mixture.assign(x), served_rule(mixture)(tf.constant(x))
    np.testing.assert_array_equal(found["cluster"], expected.cluster)
    np.testing.assert_array_equal(expected.cluster, np.array([1, 2, 0])[near])
    np.testing.assert_allclose(found["probability"], expected.confidence, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_point_half_way_between_two_means_goes_to_the_first(seed):
    """The limit of k-means of a few photos that are there several times."""
    means = np.random.default_rng(seed).normal(size=(6, 16)) + 100.0
    first, second = np.triu_indices(6, 1)
    halves = (means[first] + means[second]) / 2
    mixture = spherical_mixture(means, 1e-3)
    expected, found = mixture.assign(halves), served_rule(mixture)(tf.constant(halves))
    np.testing.assert_array_equal(found["cluster"], expected.cluster)


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
