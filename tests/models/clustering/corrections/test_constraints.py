"""Verdicts that cannot hold, or are of another shape, are refused by name."""

import numpy as np
import pytest

from models.clustering.corrections.constrained import grouped
from models.clustering.corrections.constraints import Contradiction, constraints_of
from models.clustering.corrections.neighbours import find_neighbours

THREE = find_neighbours(np.eye(3, dtype=np.float32), 2)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            {"anchors": [1, 2, -1], "pairs_together": [[0, 1]]},
            "faces 0 and 1 belong together and are confirmed to be 1 and 2",
        ),
        (
            {"anchors": [1, -1, 2], "pairs_together": [[0, 1], [1, 2]]},
            "faces 0 and 2 belong together and are confirmed to be 1 and 2",
        ),
        ({"pairs_together": [[0, 1], [1, 2]], "pairs_apart": [[2, 0]]}, "faces 2 and 0 are both"),
        ({"pairs_apart": [[1, 1]]}, "faces 1 and 1 are both"),
        (
            {"anchors": [5, -1, -1], "apart": [[0, 5]]},
            "face 0 is confirmed to be 5, or with it, and rejected",
        ),
        (
            {"anchors": [5, -1, -1], "pairs_together": [[0, 2]], "apart": [[2, 5]]},
            "face 2 is confirmed to be 5",
        ),
        ({"anchors": [5, 5, -1], "pairs_apart": [[0, 1]]}, "faces 0 and 1 are both"),
    ],
)
def test_what_cannot_all_hold_is_refused_by_name(said, told):
    said = {name: np.array(value) for name, value in said.items()}
    with pytest.raises(Contradiction, match=told):
        grouped(THREE, 0.5, **said)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"anchors": np.zeros(4, int)}, "Expected anchors, an int of each of 3 faces"),
        ({"apart": np.array([[3, 0]])}, "Expected apart, a face and an anchor"),
        ({"pairs_apart": np.array([[0, 3]])}, "Expected pairs_apart, two faces"),
        ({"pairs_together": np.array([[0.5, 1]])}, "Expected pairs_together, two faces"),
        ({"photos": np.zeros(2, int)}, "Expected the photo of each of 3 faces"),
    ],
)
def test_arrays_of_another_shape_are_refused(said, told):
    with pytest.raises(ValueError, match=told):
        grouped(THREE, 0.5, **said)
    with pytest.raises(ValueError, match="Expected a distance above 0"):
        grouped(THREE, 0.0)


def test_an_anchor_that_nobody_has_forbids_nothing():
    rules = constraints_of(3, None, np.array([[0, 9]]))
    assert len(rules.apart) == 0
    assert rules.bundle.tolist() == [0, 1, 2]
