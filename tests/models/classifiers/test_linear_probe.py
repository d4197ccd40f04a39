"""The logistic layer against scikit-learn's own, and where there is nothing to learn."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from models.classifiers.contract import balanced_weights, cross_entropy
from models.classifiers.linear_probe import LinearProbe, fitted
from models.classifiers.settings import LinearProbeSettings
from tests.models.classifiers.labelled_faces import TARGETS, labelled


def test_its_answers_are_those_of_scikit_learn_on_standardised_rows():
    data = labelled(60, (64, 64), (4, 4), unknown=0.2)
    probe = LinearProbe(columns=TARGETS, features="pixels", strength=0.1)
    probe.start_from(data)
    rows = data.array("image").reshape(60, -1).astype(np.float64)
    standard = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    for column in range(len(TARGETS)):
        answers = data.array("targets")[:, column]
        known = answers >= 0
        other = LogisticRegression(C=0.1, solver="newton-cg", max_iter=5000).fit(
            standard[known], answers[known]
        )
        expected = other.decision_function(standard)
        found = np.asarray(probe.logits(data.array("image")))[:, column]
        np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize(
    ("answers", "odds"), [([1, 1, 1, -1], 3.5 / 0.5), ([0, 0, -1, -1], 0.5 / 2.5), ([-1] * 4, 1)]
)
def test_a_column_of_one_answer_has_the_odds_of_its_share(answers, odds):
    kernel, bias = fitted(
        np.random.default_rng(0).normal(size=(4, 5)), np.array(answers), LinearProbeSettings()
    )
    assert not kernel.any()
    assert bias == pytest.approx(np.log(odds))


def test_balanced_weights_make_both_answers_count_alike():
    targets = np.array([[1, 1, -1], [0, 1, -1], [0, 1, -1], [0, -1, -1]])
    weights = balanced_weights(targets)
    np.testing.assert_allclose(weights[:, 0], [4 / 6, 4 / 2])
    np.testing.assert_array_equal(weights[:, 1:], np.ones((2, 2)))  # one answer alone, and none
    logits = np.zeros((4, 3), np.float32)
    even = float(cross_entropy(targets[:, :1], logits[:, :1], weights[:, :1]))
    assert even == pytest.approx(np.log(2), rel=1e-6)  # 3 no of 2/3, 1 yes of 2, over 4


def test_the_cross_entropy_is_the_textbooks_over_known_answers():
    targets, logits = np.array([[1, 0], [-1, 1]]), np.array([[2.0, -1.0], [50.0, -60.0]])
    share = 1 / (1 + np.exp(-logits))
    expected = -(np.log(share[0, 0]) + np.log(1 - share[0, 1]) + np.log(share[1, 1])) / 3
    assert float(cross_entropy(targets, logits)) == pytest.approx(expected, rel=1e-6)
    assert float(cross_entropy(np.full((2, 2), -1), logits)) == 0
