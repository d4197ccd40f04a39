"""How far a choice varies from seed to seed; of a consensus its own groupings tell it."""

import numpy as np
import pytest

from components.evaluate.judging.against_labels import of_groupings


def test_groupings_of_a_consensus_stand_in_for_seeds():
    same = np.repeat([0, 1], 5)
    crossed = np.tile([0, 1], 5)
    found = of_groupings(np.column_stack([same, 1 - same, crossed]))["agreement_of_groupings"]
    # Two halves that cross: pairs together in both 1 + 3 + 3 + 1 = 8 of 45, in each 20; expected 20 * 20 / 45.
    ari = (8 - 20 * 20 / 45) / (20 - 20 * 20 / 45)
    assert found["mean"] == pytest.approx(np.mean([(1 + ari) / 2, (1 + ari) / 2, ari]))
    assert (found["n"], found["n_collapsed"]) == (3, 0)


def test_groupings_that_say_nothing_are_counted():
    found = of_groupings(np.zeros((10, 2), int))["agreement_of_groupings"]
    assert (found["mean"], found["n_collapsed"]) == (1, 2)
