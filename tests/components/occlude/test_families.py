"""The 64 masks: their number, how each family parts the picture, and mirror images."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.occlude.families import FIVE, MASKS, VARIANTS, Window, families, lines, sevenths, shown, strip
from schemas.landmarks import mirrored_points
from tests.face_points import POINTS, SIDE, faces, quarters

SHAPE = (SIDE, SIDE)


@st.composite
def windows(draw):
    left, right = sorted(draw(st.lists(st.integers(0, SIDE), min_size=2, max_size=2, unique=True)))
    top, bottom = sorted(draw(st.lists(st.integers(0, SIDE), min_size=2, max_size=2, unique=True)))
    return Window(left, top, right, bottom)


def test_there_are_64_and_two():
    counts = {}
    for mask in MASKS.values():
        counts[mask.family] = counts.get(mask.family, 0) + 1
    assert counts == {
        "right_to_left": 7,
        "left_to_right": 7,
        "top_to_bottom": 5,
        "bottom_to_top": 5,
        "permutation_blackout_pairs": 10,
        "permutation_blackout_triples": 10,
        "just_region": 5,
        "region_blackout": 5,
        "just_region_contoured": 5,
        "region_blackout_contour": 5,
        "inside": 1,
        "outside": 1,
    }
    assert len(VARIANTS) == 64


@given(quarters())
@settings(max_examples=50, deadline=None)
def test_strips_do_not_overlap_and_cover_what_lies_between_the_lines(points):
    strips = np.stack([strip(name, points, SHAPE) for name in FIVE])
    assert strips.sum(axis=0).max() <= 1
    edges, rows = lines(points), np.arange(SIDE)
    assert (np.diff(edges) >= 0).all()
    between = (edges[0] <= rows) & (rows < edges[-1])
    assert (strips.any(axis=0) == between[:, None]).all()


@given(faces(), windows())
@settings(max_examples=15, deadline=None)
def test_each_family_covers_or_parts_the_picture_as_said(points, window):
    found = families(points, window, SHAPE)
    strips = {name: strip(name, points, SHAPE) for name in FIVE}
    for k in range(1, 7):
        assert (found[f"right_to_left.{k}"] ^ found[f"left_to_right.{7 - k}"]).all()
    assert not found["right_to_left.7"].any()
    assert not found["left_to_right.7"].any()
    for k in range(1, 5):
        assert (found[f"top_to_bottom.{k}"] ^ found[f"bottom_to_top.{5 - k}"]).all()
    for name in FIVE:
        assert (found[f"just_region.{name}"] == strips[name]).all()
        for kind in ("", "_contour"):
            alone = found[f"just_region{kind}{'ed' if kind else ''}.{name}"]
            assert (alone ^ found[f"region_blackout{kind}.{name}"]).all()
    for size, word in ((2, "pairs"), (3, "triples")):
        for some in combinations(FIVE, size):
            hidden = np.logical_or.reduce([strips[name] for name in some])
            assert (found[f"permutation_blackout_{word}.{'+'.join(some)}"] == ~hidden).all()
    assert (shown("inside", points, window, SHAPE) ^ shown("outside", points, window, SHAPE)).all()


@given(quarters(), windows())
@settings(max_examples=10, deadline=None)
def test_a_mirrored_face_has_mirrored_masks(points, window):
    turned = mirrored_points(points, SIDE - 1)
    other = Window(SIDE - window.right, window.top, SIDE - window.left, window.bottom)
    for name in MASKS:
        swapped = {"right_to_left": "left_to_right", "left_to_right": "right_to_left"}
        family, dot, rest = name.partition(".")
        there = shown(swapped.get(family, family) + dot + rest, turned, other, SHAPE)
        assert (there == shown(name, points, window, SHAPE)[:, ::-1]).all(), name


@given(windows().filter(lambda window: window.width >= 7))
@settings(max_examples=50, deadline=None)
def test_sevenths_are_of_the_window_and_as_wide_as_pixels_allow(window):
    inside = sevenths(window, SIDE)[window.left : window.right]
    sizes = np.bincount(inside, minlength=7)
    assert (np.diff(inside) >= 0).all()
    assert (np.abs(sizes - window.width / 7) < 1 + 1e-9).all()
    assert (sizes == sizes[::-1]).all()


def test_the_first_seventh_of_the_whole_chip_is_not_the_first_of_what_is_read():
    window = Window(32, 36, 160, 164)
    hidden = ~shown("left_to_right.1", POINTS, window, SHAPE)
    assert hidden[:, 32 : 32 + 18].all()
    assert not hidden[:, 32 + 19 :].any()


@pytest.mark.parametrize("side", [48, 192, 400])
def test_masks_come_in_any_size(side):
    scale = side / SIDE
    points = (POINTS + 0.5) * scale - 0.5
    window = Window(0, 0, side, side)
    for name, mask in families(points, window, (side, side)).items():
        assert mask.shape == (side, side)
        share = (
            families(POINTS, Window(0, 0, SIDE, SIDE), SHAPE)[name].mean() if side != SIDE else mask.mean()
        )
        assert abs(mask.mean() - share) < 4 / min(side, SIDE), name


def test_an_unknown_mask_is_said():
    with pytest.raises(ValueError, match="There is no mask 'forehead'"):
        shown("forehead", POINTS, Window(0, 0, SIDE, SIDE), SHAPE)
