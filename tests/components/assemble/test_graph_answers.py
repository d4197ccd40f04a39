"""A space that no graph can map to: the model says what its rule says on the axes, and is checked by that."""

import numpy as np
import pytest
import tensorflow as tf

from components.assemble.component import check_answers, graph_answers
from models.clustering.rules.exemplars import Exemplars, exemplars_of

MEAN, AXES = np.array([1.0, 0, 0]), np.array([[0.0, 1, 0], [0, 0, 2]])
EMBEDDINGS = np.array([[5, 0, 0], [7, 0, 1], [1, 4, 0]], np.float32)
# On the axes: (0, 0), (0, 2), (4, 0).
RULE = Exemplars(np.array([[0.0, 1], [4, 2], [9, 9]]), np.array([0, 1, -1]), np.arange(3))


def test_the_answers_by_hand():
    found = graph_answers(EMBEDDINGS, (MEAN, AXES), RULE, -2.0)
    np.testing.assert_array_equal(found["embedding"], EMBEDDINGS)
    np.testing.assert_array_equal(found["cluster"], [0, 0, 1])
    # Squared distances to 0 and 1: 1 and 20, 1 and 16, 17 and 4; the share of the other's in both.
    np.testing.assert_allclose(found["probability"], [20 / 21, 16 / 17, 17 / 21], rtol=1e-12)
    np.testing.assert_array_equal(found["unknown"], [False, False, True])  # minus 4 is below minus 2


def test_noise_has_no_probability():
    found = graph_answers(np.array([[1, 9, 4.5]], np.float32), (MEAN, AXES), RULE, -2.0)
    assert found["cluster"].tolist() == [-1]
    assert np.isnan(found["probability"]).all()
    assert found["unknown"].all()


def test_the_check_takes_the_graph_that_does_so_and_no_other():
    """The graph's clusters are those of a manifold: near on the axes is not near there."""
    rule = exemplars_of((EMBEDDINGS - MEAN) @ AXES.T, np.array([1, 0, 0]), 0)
    expected = graph_answers(EMBEDDINGS, (MEAN, AXES), rule, -np.inf)

    class Module:
        def clustered(self, embeddings):
            found = rule.assign((embeddings.numpy() - MEAN) @ AXES.T)
            told = {"cluster": found.cluster, "probability": found.confidence}
            return {
                **{name: tf.constant(value) for name, value in told.items()},
                "unknown": tf.zeros(3, bool),
            }

    check_answers(Module(), expected)
    of_the_manifold = expected | {"probability": expected["probability"] - 0.2}
    with pytest.raises(RuntimeError, match="differs from the evaluation on 3 faces"):
        check_answers(Module(), of_the_manifold)
