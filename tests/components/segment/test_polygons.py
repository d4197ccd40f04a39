"""Filled polygons: against exact arithmetic, and mirrored."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.segment.polygons import filled

CORNERS = st.lists(
    st.tuples(st.integers(-20, 68), st.integers(-20, 68)).map(lambda xy: (xy[0] / 4, xy[1] / 4)),
    min_size=3,
    max_size=8,
)


def exactly(polygon, shape):
    """The same by fractions, a pixel at a time."""
    corners = [(Fraction(x), Fraction(y)) for x, y in polygon]
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))

    def inside(x, y):
        odd = False
        for (x0, y0), (x1, y1) in edges:
            if min(y0, y1) <= y < max(y0, y1):
                cut = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
                if cut == x:
                    return True
                odd ^= cut < x
        return odd

    return np.array([[inside(x, y) for x in range(shape[1])] for y in range(shape[0])])


@given(CORNERS)
@settings(max_examples=60, deadline=None)
def test_the_pixels_are_those_whose_middles_are_inside(corners):
    assert (filled(np.array(corners), (13, 15)) == exactly(corners, (13, 15))).all()


@given(CORNERS)
@settings(max_examples=60, deadline=None)
def test_a_mirrored_polygon_has_the_mirrored_pixels(corners):
    polygon = np.array(corners)
    turned = polygon * (-1, 1) + (14, 0)
    assert (filled(turned, (13, 15)) == filled(polygon, (13, 15))[:, ::-1]).all()


def test_what_lies_beyond_the_border_is_cut_off():
    square = np.array([(-5.0, -5.0), (2.0, -5.0), (2.0, 2.5), (-5.0, 2.5)])
    found = filled(square, (6, 6))
    assert found[:3, :3].all()
    assert found.sum() == 9
    assert not filled(square - 20, (6, 6)).any()


def test_a_corner_that_is_no_number_is_an_error():
    with pytest.raises(ValueError, match="finite corners"):
        filled(np.array([(0.0, 0.0), (1.0, np.nan), (2.0, 2.0)]), (4, 4))
