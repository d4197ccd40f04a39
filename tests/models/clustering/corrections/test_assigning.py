"""New faces go to who is near enough and was not rejected, else to nobody."""

import numpy as np
import pytest

from models.clustering.corrections.assigning import assigned
from models.clustering.rows import unit_rows

KNOWN = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 2]]
LABELS = np.array([10, 10, 4, 4, -1])


def test_the_nearest_person_within_the_distance():
    x = unit_rows(np.array([[1, 0.2, 0, 0], [0.2, 1, 0, 0], [0, 0, 1, 0], [1, 0, 0, 2.0]])).astype(np.float32)
    label, sure = assigned(x, KNOWN, LABELS, 0.5)
    assert label.tolist() == [10, 4, -1, -1]
    assert label.dtype == np.int64
    # (b - a) / b: a and b by cosines 1 / sqrt(1.04) and .2 / sqrt(1.04); b is above twice .5, so that counts
    expected = 1 - np.sqrt(2 - 2 / np.sqrt(1.04)) / 1.0
    np.testing.assert_allclose(sure, [expected, expected, 0, 0], atol=1e-6)


def test_a_rejected_person_is_passed_over_for_the_next_who_is_near_enough():
    x = unit_rows(np.array([[1, 0.9, 0, 0]])).astype(np.float32)
    assert assigned(x, KNOWN, LABELS, 1.0)[0].tolist() == [10]
    assert assigned(x, KNOWN, LABELS, 1.0, np.array([[0, 10]]))[0].tolist() == [4]
    assert assigned(x, KNOWN, LABELS, 1.0, np.array([[0, 10], [0, 4]]))[0].tolist() == [-1]
    assert assigned(x, KNOWN, LABELS, 0.5, np.array([[0, 10]]))[0].tolist() == [-1]
    assert assigned(x, KNOWN, LABELS, 1.0, np.array([[0, 77]]))[0].tolist() == [10]


def test_a_person_of_many_scattered_faces_reaches_as_far_as_one_of_two():
    """Sums of unit noise around one direction: the distance to many is that to few, but for chance."""
    generator = np.random.default_rng(0)
    faces = unit_rows(np.eye(1, 64) + 0.1 * generator.standard_normal((400, 64)))
    new, few, many = faces[:100], faces[100:102], faces[102:]
    far = [assigned(new, known, np.zeros(len(known), int), 2.0)[1].mean() for known in (few, many)]
    # 1 - a / 4 with a^2 = 2 - 2 cos of two faces, where cos is 1 / 1.64 on average: both about .78
    expected = 1 - np.sqrt(2 - 2 / 1.64) / 4
    np.testing.assert_allclose(far, expected, atol=0.03)


def test_nobody_known_and_nobody_new():
    label, sure = assigned(np.eye(2), np.eye(2), np.array([-1, -1]), 0.5)
    assert label.tolist() == [-1, -1]
    assert sure.tolist() == [0, 0]
    assert assigned(np.empty((0, 2)), np.eye(2), np.array([0, 1]), 0.5)[0].shape == (0,)


@pytest.mark.parametrize(
    "given",
    [
        (np.eye(2), np.eye(2), np.array([0]), 0.5),
        (np.eye(2), np.eye(2), np.array([0, 1]), 0.0),
        (np.ones(2), np.eye(2), np.array([0, 1]), 0.5),
    ],
)
def test_other_shapes_are_refused(given):
    with pytest.raises(ValueError, match="Expected x_new"):
        assigned(*given)
    with pytest.raises(ValueError, match="Expected apart, a new face and a person"):
        assigned(np.eye(2), np.eye(2), np.array([0, 1]), 0.5, np.array([[2, 0]]))
