import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.duplicates.comparison import compared
from components.duplicates.kinds import area_of, geometry, inside_unit
from components.duplicates.registration import (
    MIRROR,
    after,
    inverse,
    laid_over,
    of_crop,
    refined,
    to_pixels,
    to_unit,
)
from tests.components.duplicates.scenes import scene

SEEDS = st.integers(0, 10_000)
WHOLE = of_crop((0.0, 1.0, 0.0, 1.0), False)
MAPS = st.tuples(
    st.floats(0.5, 1), st.floats(0.5, 1), st.floats(0, 0.3), st.floats(0, 0.3), st.booleans()
).map(lambda told: of_crop((told[2], told[2] + told[0], told[3], told[3] + told[1]), told[4]))


@given(MAPS)
def test_the_inverse_leads_back(place):
    assert after(inverse(place), place) == pytest.approx(WHOLE, abs=1e-9)


@given(MAPS, st.integers(8, 400), st.integers(8, 400), st.integers(8, 400))
def test_pixels_and_units_are_two_ways_to_say_one_map(place, height, width, other):
    shapes = (height, width), (other, width)
    assert to_unit(np.asarray(to_pixels(place, *shapes), float), *shapes) == pytest.approx(place, abs=1e-4)


@given(st.floats(0.5, 1), st.floats(0.5, 1), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_the_shared_area_of_two_rectangles(width, height, left, top):
    corners = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    across = max(0.0, min(1.0, left + width) - max(0.0, left))
    down = max(0.0, min(1.0, top + height) - max(0.0, top))
    assert area_of(inside_unit(corners)) == pytest.approx(across * down, abs=1e-9)


def test_two_squares_that_are_almost_one_share_almost_all():
    corners = np.array([[1e-7, -1e-7], [1 - 1e-7, 1e-7], [1 + 1e-7, 1 - 1e-7], [0, 1]])
    assert area_of(inside_unit(corners)) == pytest.approx(1, abs=1e-6)


@given(SEEDS, st.floats(0, 0.1), st.floats(0, 0.1))
@settings(max_examples=15, deadline=None)
def test_a_crop_is_found_where_it_was_cut_and_its_mirror_image_at_the_mirrored_place(seed, left, top):
    whole = scene(seed)
    height, width = whole.shape[:2]
    x, y = round(left * width), round(top * height)
    crop = np.ascontiguousarray(whole[y : y + round(0.9 * height), x : x + round(0.9 * width)])
    true = np.array([[crop.shape[1] / width, 0, x / width], [0, crop.shape[0] / height, y / height]])
    start = of_crop((0.05, 0.95, 0.05, 0.95), False)
    found = compared(whole, crop, start)
    of_mirror = compared(whole, np.ascontiguousarray(crop[:, ::-1]), after(start, MIRROR))
    # half a pixel of the 256 at which they are compared
    assert found.place == pytest.approx(true, abs=0.002)
    assert of_mirror.place == pytest.approx(after(found.place, MIRROR), abs=0.002)
    assert geometry(of_mirror.place, whole.shape[:2], crop.shape[:2]).mirror


def test_what_lies_outside_is_not_counted():
    whole = scene(2)
    _, inside = laid_over(whole, whole.shape, np.array([[1.0, 0, 0.25], [0, 1.0, 0]]))
    width = whole.shape[1]
    assert inside[:, : width * 3 // 4 - 1].all()
    assert not inside[:, width * 3 // 4 + 1 :].any()


def test_one_colour_leads_nowhere():
    grey = cv2.cvtColor(scene(1), cv2.COLOR_RGB2GRAY)
    assert refined(grey, np.full_like(grey, 90), WHOLE) is None
