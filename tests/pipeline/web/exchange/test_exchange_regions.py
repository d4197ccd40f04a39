"""Boxes to regions and back, in all eight orientations."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.web.exchange.regions import (
    ORIENTATIONS,
    Region,
    Regions,
    box_of_region,
    made_for,
    overlap,
    region_of_box,
    stored_size,
)

SIDES = st.integers(1, 20_000)
SHARES = st.floats(0, 1)


@st.composite
def boxes(draw):
    """A picture's upright size, and a box of at least a thousandth of it on each side that lies in it."""
    size = (draw(SIDES), draw(SIDES))
    starts = [draw(st.floats(0, 0.9)) for _ in size]
    lengths = [draw(st.floats(0.001, 1)) * (1 - start) for start in starts]
    return size, (starts[0] * size[0], starts[1] * size[1], lengths[0] * size[0], lengths[1] * size[1])


@given(boxes(), st.sampled_from(ORIENTATIONS))
def test_a_box_comes_back_in_every_orientation(drawn, orientation):
    size, box = drawn
    region = region_of_box("Ann", box, size, orientation)
    # Each figure goes through at most 16 roundings of numbers up to 1, of half an epsilon each, and then the size.
    bound = 8 * sys.float_info.epsilon * max(size)
    assert np.abs(np.subtract(box_of_region(region, size, orientation), box)).max() <= bound


@given(SHARES, SHARES, st.floats(0.01, 1), st.floats(0.01, 1), st.sampled_from(ORIENTATIONS))
def test_a_region_comes_back_in_every_orientation(x, y, w, h, orientation):
    w, h = min(w, 2 * x, 2 - 2 * x), min(h, 2 * y, 2 - 2 * y)
    if min(w, h) < 0.001:
        return
    region = Region("Ann", x, y, w, h)
    size = (4000, 3000)
    again = region_of_box("Ann", box_of_region(region, size, orientation), size, orientation)
    bound = 16 * sys.float_info.epsilon
    assert max(abs(getattr(again, side) - getattr(region, side)) for side in "xywh") <= bound


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_region_lies_where_pillow_stores_the_pixels(orientation, make_stored):
    """A white rectangle of 7x4 pixels at (11, 5) in a black picture of 40x30: whole pixels, so the box is exact."""
    pixels = np.zeros((30, 40), np.uint8)
    pixels[5:9, 11:18] = 255
    picture, _ = make_stored(Image.fromarray(pixels), orientation)
    assert picture.size == stored_size((40, 30), orientation)
    rows, columns = np.nonzero(np.asarray(picture))
    region = region_of_box("", (11, 5, 7, 4), (40, 30), orientation)
    width, height = picture.size
    box = (
        (region.x - region.w / 2) * width,
        (region.y - region.h / 2) * height,
        region.w * width,
        region.h * height,
    )
    found = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert np.allclose(box, found, rtol=0, atol=1e-12 * 40)


def test_a_box_over_the_edge_is_cut_there():
    assert region_of_box("", (-10, 90, 30, 30), (100, 100), 1) == Region(
        "", 0.1, 0.95, 0.2, pytest.approx(0.1)
    )


@pytest.mark.parametrize(
    ("box", "size", "orientation", "words"),
    [
        ((200, 0, 10, 10), (100, 100), 1, "Nothing of a face's box"),
        ((0, 0, 0, 10), (100, 100), 1, "Nothing of a face's box"),
        ((float("nan"), 0, 10, 10), (100, 100), 1, "Nothing of a face's box"),
        ((0, 0, 10, 10), (100, 100), 9, "Unknown orientation 9"),
        ((0, 0, 10, 10), (0, 100), 1, "Bad size"),
    ],
)
def test_what_can_not_be_is_refused(box, size, orientation, words):
    with pytest.raises(ValueError, match=words):
        region_of_box("", box, size, orientation)


def test_overlap_by_hand():
    one = Region("", 0.25, 0.5, 0.5, 1.0)
    assert overlap(one, one) == 1
    assert overlap(one, Region("", 0.5, 0.5, 0.5, 1.0)) == pytest.approx(
        1 / 3
    )  # a half each, of which half is shared
    assert overlap(one, Region("", 0.75, 0.5, 0.5, 1.0)) == 0  # side by side


@given(SHARES, SHARES, SHARES, SHARES, st.sampled_from(ORIENTATIONS))
def test_overlap_is_the_same_as_stored_and_upright(x, y, w, h, orientation):
    one, other = Region("", x, y, 0.3, 0.2), Region("", y, x, max(w, 0.01), max(h, 0.01))
    size = (300, 200)

    def turned(region):
        left, top, width, height = box_of_region(region, size, orientation)
        return Region("", left + width / 2, top + height / 2, width, height)

    assert overlap(one, other) == overlap(other, one)
    assert overlap(turned(one), turned(other)) == pytest.approx(overlap(one, other), abs=1e-9)


def test_regions_fit_pictures_of_their_shape():
    regions = Regions((), 4000, 3000)
    assert made_for(regions, 4000, 3000)
    assert made_for(regions, 1024, 768)
    assert not made_for(regions, 3000, 4000)
    assert not made_for(regions, 3000, 3000)
    assert made_for(Regions(), 3000, 3000)
