"""Groups by their mean directions: nearest, noise beyond reach, and no row a witness for itself."""

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.rows import unit_rows
from models.clustering.rules.assignment import rule_from
from models.clustering.rules.nearest_mean import Averages, averages_of, nearest_average, own_average_distances
from models.clustering.rules.served_rules import served_rule


def rows(n=30, d=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) + 3.0


def test_the_product_is_the_cosine_with_the_mean():
    x, labels = rows(), np.arange(30) % 4
    rule = averages_of(x, labels, x.mean(axis=0), np.inf)
    unit = unit_rows(x, x.mean(axis=0))
    means = np.stack([unit[labels == j].mean(axis=0) for j in range(4)])
    expected = 1 - unit @ (means / np.linalg.norm(means, axis=1, keepdims=True)).T
    found = nearest_average(rule, x)
    np.testing.assert_array_equal(found.cluster, expected.argmin(axis=1))
    np.testing.assert_allclose(found.own, np.sort(expected)[:, 0])
    np.testing.assert_allclose(found.other, np.sort(expected)[:, 1])


def test_a_row_is_no_witness_for_itself():
    x, labels = rows(), np.r_[np.arange(29) % 4, 4]
    rule = averages_of(x, labels, x.mean(axis=0), np.inf)
    found = own_average_distances(rule, x, labels)
    unit = unit_rows(x, x.mean(axis=0))
    for i in range(29):
        rest = unit[(labels == labels[i]) & (np.arange(30) != i)].mean(axis=0)
        assert found[i] == pytest.approx(1 - unit[i] @ rest / np.linalg.norm(rest))
    assert np.isnan(found[29])


def test_beyond_reach_is_noise_in_python_and_in_the_graph():
    rule = Averages(np.eye(2), np.ones(2), np.ones(2, np.int64), np.zeros(2), 0.5)
    x = np.array([[3.0, 0.0], [1.0, 2.0], [-1.0, -1.0], [0.0, 0.0]])
    found, served = rule.assign(x), served_rule(rule)(tf.constant(x))
    assert found.cluster.tolist() == [0, 1, -1, -1]
    assert found.confidence[2:].tolist() == [0.0, 0.0]
    np.testing.assert_array_equal(served["cluster"], found.cluster)
    np.testing.assert_allclose(served["probability"], found.confidence)
    np.testing.assert_allclose(served["familiarity"], found.familiarity)


def test_only_one_group_is_certain():
    rule = Averages(np.eye(1), np.ones(1), np.ones(1, np.int64), np.zeros(1))
    assert rule.assign(np.array([[4.0]])).confidence.tolist() == [1.0]
    assert served_rule(rule)(tf.constant([[4.0]], tf.float64))["probability"].numpy().tolist() == [1.0]


def test_the_rule_is_read_back_as_itself():
    rule = averages_of(rows(), np.arange(30) % 3, rows().mean(axis=0), 0.7)
    again = rule_from(rule.arrays())
    assert again.kind == "averages"
    assert again.reach == 0.7


def test_another_number_of_columns_is_an_error():
    rule = Averages(np.eye(2), np.ones(2), np.ones(2, np.int64), np.zeros(2))
    with pytest.raises(ValueError, match=r"shape \(n, 2\)"):
        nearest_average(rule, np.zeros((3, 1)))
