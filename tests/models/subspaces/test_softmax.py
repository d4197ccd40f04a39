"""Groups that a network has told: the largest logit, its share, and who is unknown."""

import numpy as np
import pytest
import tensorflow as tf

from models.clustering.clusterers import CLUSTERERS
from models.clustering.rules.assignment import unknown_below
from models.clustering.rules.served_rules import served_rule
from models.subspaces.softmax import SoftmaxClusterer

# Two numbers of an embedding, then the logits of four classes: nobody is in the first and the third.
ROWS = np.array(
    [
        [0.0, 1.0, 0.0, 4.0, 1.0, 0.0],
        [0.0, 3.0, 0.0, 2.0, 1.0, 0.0],
        [5.0, 0.0, 0.0, 1.0, 1.0, 3.0],
        [7.0, 0.0, 2.0, 0.0, 0.0, 5.0],
        [9.0, 0.0, 2.0, 0.0, 0.0, 2.5],
    ]
)
KEPT = [3, 5]  # the columns of those that somebody is in


def test_the_largest_logit_tells_the_group_and_empty_classes_drop_out():
    clusterer = SoftmaxClusterer(n_logits=4).fit(ROWS)
    assert clusterer.labels_.tolist() == [0, 0, 1, 1, 1]
    assert clusterer.n_clusters_ == 2
    assert clusterer.rule_.logits.tolist() == KEPT
    np.testing.assert_array_equal(clusterer.predict(ROWS), clusterer.labels_)


def test_confidence_is_the_largest_share_of_the_softmax():
    clusterer = SoftmaxClusterer(n_logits=4).fit(ROWS)
    shares = np.exp(ROWS[:, KEPT])
    expected = (shares / shares.sum(axis=1, keepdims=True)).max(axis=1)
    np.testing.assert_allclose(clusterer.confidence_, expected, rtol=1e-12)
    huge = clusterer.rule_.assign(ROWS * 1e4)
    assert huge.confidence.tolist() == [1.0] * 5


def test_familiarity_is_minus_the_squared_distance_to_the_mean_of_the_group():
    clusterer = SoftmaxClusterer(n_logits=4).fit(ROWS)
    means = np.stack([ROWS[:2].mean(axis=0), ROWS[2:].mean(axis=0)])
    expected = -np.square(ROWS - means[clusterer.labels_]).sum(axis=1)
    np.testing.assert_allclose(clusterer.rule_.assign(ROWS).familiarity, expected, rtol=1e-12)
    own = clusterer.rule_.own_familiarity(ROWS, clusterer.labels_)
    for i in range(5):
        others = (clusterer.labels_ == clusterer.labels_[i]) & (np.arange(5) != i)
        away = np.square(ROWS[i] - ROWS[others].mean(axis=0)).sum()
        assert own[i] == pytest.approx(-away)
    below = unknown_below(clusterer.rule_, ROWS, clusterer.labels_)
    assert (clusterer.rule_.assign(ROWS + 100).familiarity < below).all()


def test_a_row_alone_in_its_group_has_nothing_to_compare_with():
    clusterer = SoftmaxClusterer(n_logits=4).fit(ROWS[:3])
    own = clusterer.rule_.own_familiarity(ROWS[:3], clusterer.labels_)
    assert np.isnan(own).tolist() == [False, False, True]


def test_the_graph_says_the_same():
    rows = np.random.default_rng(0).normal(size=(500, 12))
    rule = CLUSTERERS["softmax"].build(None, 0, n_logits=7).fit(rows).rule_
    new = np.random.default_rng(1).normal(size=(400, 12)) * 5
    expected, found = rule.assign(new), served_rule(rule)(tf.constant(new))
    np.testing.assert_array_equal(found["cluster"], expected.cluster)
    np.testing.assert_allclose(found["probability"], expected.confidence, rtol=1e-9)
    np.testing.assert_allclose(found["familiarity"], expected.familiarity, rtol=1e-9)


@pytest.mark.parametrize("n_logits", [0, 7])
def test_an_embedding_without_so_many_logits_is_told(n_logits):
    with pytest.raises(ValueError, match=rf"Expected 1 to 6 logits; received n_logits={n_logits}"):
        SoftmaxClusterer(n_logits=n_logits).fit(ROWS)


def test_with_no_number_given_all_columns_are_logits():
    assert SoftmaxClusterer().fit(ROWS).rule_.logits.tolist() == [0, 1, 3]
