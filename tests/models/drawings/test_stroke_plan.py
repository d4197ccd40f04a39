"""The plan of a drawing's strokes: what the truth of one is, its error, and what it leads a decoder to."""

import numpy as np
import pytest
from keras import ops

from models.drawings.stroke_plan import LEAD_SIZE, PLAN_SIZE, PLANNED, StrokePlan, lead, plan_error, true_plan
from tests.bounds import of_sum

# An L from the origin, a dot at (4, 4), and a line from (0, 6) to (2, 6); then two steps of padding.
OFFSETS = np.float32([[[2, 0], [0, 4], [2, 0], [-4, 2], [2, 0], [0, 0], [0, 0]]])
LIFTED = np.float32([[0, 1, 1, 0, 1, 0, 0]])
INSIDE = np.array([[True] * 5 + [False] * 2])


def truth():
    return np.asarray(true_plan(OFFSETS, LIFTED, INSIDE))


def test_the_truth_is_where_each_stroke_starts_its_box_and_its_steps():
    found = truth()
    assert found.shape == (1, PLANNED, PLAN_SIZE)
    np.testing.assert_allclose(found[0, 0], [0, 0, 1, 2, 2, 4, np.log(2), 1], atol=of_sum(1))
    np.testing.assert_allclose(found[0, 1], [4, 4, 4, 4, 0, 0, 0, 1], atol=of_sum(1))
    np.testing.assert_allclose(found[0, 2], [0, 6, 1, 6, 2, 0, np.log(2), 1], atol=of_sum(1))
    assert (found[0, 3:] == 0).all()


def test_padding_has_no_part_and_strokes_beyond_the_plan_are_left_out():
    padded = [np.concatenate([part, np.ones_like(part)], axis=1) for part in (OFFSETS, LIFTED)]
    inside = np.concatenate([INSIDE, np.zeros_like(INSIDE)], axis=1)
    np.testing.assert_array_equal(true_plan(*padded, inside), truth())
    n = PLANNED + 5
    dots = np.asarray(
        true_plan(np.ones((1, n, 2), "float32"), np.ones((1, n), "float32"), np.ones((1, n), bool))
    )
    assert dots.shape == (1, PLANNED, PLAN_SIZE)
    np.testing.assert_array_equal(dots[0, 1:, 0], np.arange(2, PLANNED + 1))


def test_the_error_is_none_at_the_truth_and_counts_each_stroke_alike():
    right = truth()

    def error(plan):
        return float(plan_error(plan, right)[0])

    assert error(right) == 0
    for stroke in range(3):
        wrong = right.copy()
        wrong[0, stroke, :2] += 3
        assert error(wrong) == pytest.approx(6 / 3)
    beyond = right.copy()
    beyond[0, 5, :7] = 100  # nothing is asked of strokes that are not there
    assert error(beyond) == 0
    beyond[0, 5, 7] = 1  # but that they are not
    assert error(beyond) == pytest.approx(4 / PLANNED)


def test_the_lead_is_seen_from_the_pen():
    numbers, places = np.int32([[0, 1, 2, PLANNED]]), np.float32([[[0, 0], [2, 4], [1, 1], [5, 6]]])
    found = np.asarray(lead(truth(), numbers, places))
    assert found.shape == (1, 4, LEAD_SIZE)
    np.testing.assert_allclose(found[0, 0], [0, 0, 1, 2, 2, 4, np.log(2), 1, 1], atol=of_sum(1))
    np.testing.assert_allclose(found[0, 1], [2, 0, 2, 0, 0, 0, 0, 1, 1], atol=of_sum(1))
    np.testing.assert_allclose(found[0, 2], [-1, 5, 0, 5, 2, 0, np.log(2), 1, 0], atol=of_sum(1))
    np.testing.assert_allclose(found[0, 3], [-5, -6, -5, -6, 0, 0, 0, 0, 0], atol=of_sum(1))


def test_a_plan_is_float32_whatever_the_embedding():
    layer = StrokePlan()
    layer.build((None, 4))
    plan = layer(ops.ones((2, 4)))
    assert plan.shape == (2, PLANNED, PLAN_SIZE)
    assert plan.dtype == "float32"
