"""How far apart drawings' lines lie: by their places, whatever the order and the number of steps."""

import numpy as np
import pytest

from components.evaluate.pictures.stroke_distance import along, apart
from schemas.sketch_features import PADDING

SQUARE = np.array([[200, 0, 0], [0, 200, 0], [-200, 0, 0], [0, -200, 1]], np.float32)


def test_a_drawing_lies_on_itself_however_it_was_drawn():
    assert apart(SQUARE, SQUARE) == 0
    padded = np.concatenate([SQUARE, [PADDING] * 3]).astype(np.float32)
    assert apart(SQUARE, padded) == 0
    other_way = np.array([[0, 200, 0], [200, 0, 0], [0, -200, 0], [-200, 0, 1]], np.float32)
    halves = np.repeat(SQUARE, 2, axis=0) * [0.5, 0.5, 1]
    halves[-2, 2] = 0
    for same in (other_way, halves):
        assert apart(SQUARE, same) < 2  # of places 12.5 units from each other


def test_parallel_lines_are_their_distance_apart():
    line = np.array([[250, 0, 1]], np.float32)
    lower = np.array([[0, 0, 1], [0, 30, 0], [250, 0, 1]], np.float32)  # after a dot where line begins
    assert apart(line, lower) == pytest.approx(30, abs=1)  # places of both are 4 units from each other
    assert apart(lower, line) == apart(line, lower)


def test_what_is_left_out_tells():
    eye = np.array([[60, 60, 0], [20, 0, 0], [0, 20, 0], [-20, 0, 0], [0, -20, 1]], np.float32)
    assert 5 < apart(np.concatenate([SQUARE, eye]), SQUARE) < 20


def test_places_are_even_and_only_where_the_pen_was_down():
    found = along(np.array([[100, 0, 1], [0, 50, 0], [26, 0, 1]], np.float32))
    assert found.shape == (64, 2)
    assert set(found[:, 1]) == {0, 50}
    for row, length in ((0, 100), (50, 26)):
        places = found[found[:, 1] == row, 0]
        np.testing.assert_allclose(np.diff(places), 2)
        assert np.ptp(places) == pytest.approx(length, abs=2.001)  # a step less: one end is another line's


def test_a_drawing_of_nothing_is_its_origin():
    nothing = np.array([PADDING, PADDING], np.float32)
    np.testing.assert_array_equal(along(nothing), np.zeros((64, 2)))
    assert apart(nothing, nothing) == 0
    assert (
        40 < apart(SQUARE, nothing) < 120
    )  # half of the mean way from a corner, 0 to 283; the other half is 0
