"""The operator, its fills, random masks and the list of conditions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.occlude.conditions import (
    Condition,
    Faces,
    Occluder,
    check_fills,
    conditions,
    mask_of,
    place_of,
)
from components.occlude.families import CONTOURS, HULL, MASKS, STRIPS, Window
from components.occlude.operator import FILLS, occluded, skin
from components.occlude.random_masks import blob_like, strip_like
from components.segment.regions import region
from tests.face_points import POINTS, SIDE, noise_chips

SHAPE = (SIDE, SIDE)
WINDOW = Window(32, 36, 160, 164)


@pytest.mark.parametrize("fill", FILLS)
def test_what_is_shown_stays_and_what_is_hidden_is_the_fill(fill):
    (chip,) = noise_chips(1)
    kept = mask_of(Condition("region_blackout.nose"), POINTS, WINDOW, SHAPE)
    made = FILLS[fill](chip, POINTS)
    found = occluded(chip, kept, made)
    assert (found[kept] == chip[kept]).all()
    assert (found[~kept] == np.broadcast_to(made, chip.shape)[~kept]).all()


def test_fills_are_what_they_say():
    (chip,) = noise_chips(1)
    cheeks = region("cheeks", POINTS, SHAPE)
    chip[cheeks] = (200, 150, 100)
    assert tuple(skin(chip, POINTS)) == (200, 150, 100)
    assert (FILLS["black"](chip, POINTS) == 0).all()
    np.testing.assert_array_less(np.abs(FILLS["mean"](chip, POINTS) - chip.mean(axis=(0, 1))), 0.51)
    flat = np.full_like(chip, 77)
    assert (FILLS["blur"](flat, POINTS) == 77).all()
    assert FILLS["blur"](chip, POINTS).std() < chip.std() / 2


def test_a_face_whose_cheeks_lie_beyond_the_chip_has_no_colour_of_skin():
    with pytest.raises(ValueError, match="Neither cheek"):
        skin(noise_chips(1)[0], POINTS + 1000)


@given(st.integers(0, 128 * 128), st.floats(0, 1), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_random_masks_have_the_area_that_they_are_like(area, place, seed):
    for kept in (strip_like(area, place, WINDOW, SHAPE), blob_like(area, seed, WINDOW, SHAPE)):
        assert (~kept).sum() == area
        assert not (~kept & ~WINDOW.of(SHAPE)).any()


def test_an_area_larger_than_the_window_is_an_error():
    with pytest.raises(ValueError, match="within the window's 16384 pixels"):
        strip_like(128 * 128 + 1, 0.5, WINDOW, SHAPE)


def test_random_masks_are_at_the_same_place_in_all_faces_and_differ_by_draw():
    areas, tops = set(), set()
    for shift in (0.0, 5.0):
        hidden = ~mask_of(Condition("region_blackout.nose", draw=1), POINTS + shift, WINDOW, SHAPE)
        areas.add(int(hidden.sum()))
        tops.add(int(np.flatnonzero(hidden.any(axis=1))[0]))
    assert len(tops) == len(areas) == 1
    blobs = [
        mask_of(Condition("region_blackout_contour.nose", draw=k), POINTS, WINDOW, SHAPE) for k in (0, 1)
    ]
    assert (blobs[0] != blobs[1]).any()


def test_strips_are_spread_evenly_at_any_number():
    for n in (1, 3, 7, 15):
        places = sorted(place_of(draw) for draw in range(n))
        np.testing.assert_allclose(places, np.arange(1, n + 1) / (n + 1))


def test_the_conditions_of_a_plan():
    found = conditions(tuple(MASKS), ("black", "blur"), 2)
    assert len(found) == len(set(found)) == 66 + 10 * 2 + 12
    assert {one.mask for one in found if one.fill == "blur"} == {*STRIPS, *CONTOURS, *HULL}
    assert {one.mask for one in found if one.draw is not None} == {*STRIPS, *CONTOURS}


@pytest.mark.parametrize("fills", [("blur",), ("black", "red"), ()])
def test_fills_without_the_papers_are_refused(fills):
    with pytest.raises(ValueError, match="Expected black, and any of: mean, blur, skin"):
        check_fills(fills)


def test_each_face_is_hidden_by_its_own_points():
    chips = noise_chips(2)
    points = np.stack([POINTS, POINTS + np.array((0, 10))])
    occluder = Occluder(Faces(chips, points, np.arange(2), ["a", "b"]), WINDOW)
    found, share = occluder.under(Condition("region_blackout.mouth"))
    hidden = (found == 0).all(axis=3) & ~(chips == 0).all(axis=3)
    tops = [np.flatnonzero(one.any(axis=1))[0] for one in hidden]
    assert tops[1] - tops[0] == 10
    inside = WINDOW.of(SHAPE)
    assert share == pytest.approx(np.mean([one[inside].mean() for one in hidden]))
