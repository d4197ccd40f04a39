import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.duplicates.comparison import compared
from components.duplicates.kinds import area_of, geometry, inside_unit
from components.duplicates.registration import (
    MIRROR,
    SURE,
    after,
    agreement,
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


def tinted_glances(seed):
    """A portrait-shaped scene and its copy in warmer light, as squares of 32 pixels."""
    picture = scene(seed, 480, 270)
    warmer = np.clip(picture * np.array([1.04, 1.02, 0.75]) + np.array([-8, -2, 9]), 0, 255).astype(np.uint8)
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (picture, warmer)]
    return [cv2.resize(grey, (32, 32), interpolation=cv2.INTER_AREA) for grey in greys]


@pytest.mark.parametrize("seed", [15, 55])
def test_steps_that_lead_away_from_the_right_place_are_not_taken(seed):
    first, second = tinted_glances(seed)
    assert agreement(first, second, WHOLE) > SURE  # nothing was moved
    _, correlation = refined(first, second, WHOLE, (5,), 5)
    assert correlation >= SURE


@given(SEEDS)
@settings(deadline=None)
def test_the_answer_is_never_worse_than_where_the_steps_began(seed):
    first, second = tinted_glances(seed)
    found = refined(first, second, WHOLE, (5,), 5)
    if found is not None:
        assert found[1] >= min(SURE, agreement(first, second, WHOLE))


def test_agreement_is_the_correlation_of_what_both_show():
    grey = cv2.cvtColor(scene(3), cv2.COLOR_RGB2GRAY)
    assert agreement(grey, grey, WHOLE) == pytest.approx(1)
    assert agreement(grey, 255 - grey, WHOLE) == pytest.approx(-1)
    assert agreement(grey, np.full_like(grey, 9), WHOLE) == -1
    assert agreement(grey, grey, np.array([[1.0, 0, 0.9], [0, 1.0, 0]])) == -1  # a tenth is shared
