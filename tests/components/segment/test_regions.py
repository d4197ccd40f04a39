"""The ten regions of a face."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from components.segment.regions import corners, ear_is_seen, hull, region
from schemas.face_regions import REGIONS
from schemas.landmarks import mirrored_points
from tests.face_points import POINTS, SIDE, faces, quarters

SHAPE = (SIDE, SIDE)
# P2-chapter 4's lists, by hand: corners that are points.
LISTED = {
    "chin": [[*range(5, 12), *range(54, 60), 48]],
    "mouth": [[*range(48, 60)]],
    "eyes": [[*range(36, 42)], [*range(42, 48)]],
    "eyebrows": [[*range(17, 22)], [*range(22, 27)]],
    "above_mouth": [[48, *range(31, 36), *range(54, 48, -1)]],
}


@pytest.mark.parametrize("name", LISTED)
def test_the_corners_are_the_points_that_the_paper_names(name):
    for polygon, listed in zip(REGIONS[name], LISTED[name], strict=True):
        assert (corners(polygon, POINTS) == POINTS[listed]).all()


def test_corners_that_are_no_points():
    nose = corners(REGIONS["nose"][0], POINTS)
    assert tuple(nose[0]) == (2 * POINTS[31, 0] - POINTS[32, 0], POINTS[31, 1])
    assert tuple(nose[4]) == (2 * POINTS[35, 0] - POINTS[34, 0], POINTS[35, 1])
    below = corners(REGIONS["below_chin"][0], POINTS)
    down = POINTS[58, 1] - POINTS[33, 1]
    assert (below[:7] == POINTS[5:12]).all()
    assert (below[7:] == POINTS[11:4:-1] + np.array((0, down))).all()
    ear = corners(REGIONS["ears"][0], POINTS)
    assert (ear[4:, 0] == 2 * POINTS[[3, 2, 1, 0], 0] - POINTS[17, 0]).all()
    top = corners(REGIONS["top_of_head"][0], POINTS)
    raised = 0.77 * (POINTS[8, 1] - POINTS[27, 1])
    np.testing.assert_allclose(top[2:, 1], POINTS[[19, 24], 1] - raised)


@given(quarters())
@settings(max_examples=25, deadline=None)
def test_a_mirrored_face_has_mirrored_regions(points):
    turned = mirrored_points(points, SIDE - 1)
    for name in set(REGIONS) - {"below_chin"}:  # it is placed by point 58, and not by its mirror image 56
        assert (region(name, turned, SHAPE) == region(name, points, SHAPE)[:, ::-1]).all(), name
    assert (hull(turned, SHAPE) == hull(points, SHAPE)[:, ::-1]).all()


@given(faces())
@settings(max_examples=25, deadline=None)
def test_the_hull_holds_what_is_made_of_points_alone(points):
    around = hull(points, SHAPE)
    for name in LISTED:
        assert not (region(name, points, SHAPE) & ~around).any(), name


def test_an_ear_that_the_head_hides_is_left_out():
    turned = POINTS.copy()
    turned[0:4, 0] = turned[17, 0] + 1
    assert not ear_is_seen(0, turned)
    assert ear_is_seen(1, turned)
    assert not region("ears", turned, SHAPE)[:, : SIDE // 2].any()
    assert region("ears", turned, SHAPE)[:, SIDE // 2 :].any()


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match="There is no region 'forehead'. Expected one of: chin, cheeks"):
        region("forehead", POINTS, SHAPE)
    with pytest.raises(ValueError, match="68 finite points"):
        region("nose", POINTS[:5], SHAPE)


def test_the_file_of_regions_is_data_only():
    source = Path(importlib.util.find_spec("schemas.face_regions").origin).read_text()
    assert "import numpy" not in source
