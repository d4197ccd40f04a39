"""Packed regions: their size, their pixels, and where a classifier sees them."""

import numpy as np
import pytest
import tensorflow as tf

from components.segment.labelling import Seen, packed_regions, points_seen, regions_seen
from components.segment.overlay import COLOURS, STRENGTH, coloured, sheet
from components.segment.packing import nearest, packed, regions_of, unpacked
from models.classifiers import region_masks
from models.inputs.labelled_preprocessing import regions_from_bytes
from schemas.face import Face
from schemas.face_regions import REGIONS
from tests.face_points import POINTS


def face(**told):
    return Face(landmarks68=tuple(float(value) for value in POINTS.ravel()), **told)


def test_what_is_packed_comes_back_and_is_what_the_network_unpacks():
    regions = np.random.default_rng(0).random((10, 9, 7)) < 0.3
    data = packed(regions)
    np.testing.assert_array_equal(unpacked(data, (9, 7)), regions)
    by_network = region_masks.unpacked(regions_from_bytes(tf.constant([data, b""]), (9, 7)), (9, 7))
    np.testing.assert_array_equal(by_network[0].numpy().transpose(2, 0, 1), regions)
    assert not by_network[1].numpy().any()


def test_the_regions_of_a_face_take_less_than_800_bytes():
    seen = Seen(maps=(96, 76))
    regions = regions_seen(face(), seen)
    assert regions.shape == (10, 96, 76)
    assert all(one.any() for one in regions)
    assert len(packed_regions(face(), seen)) <= 800


def test_the_nearest_pixel_is_taken_at_another_size():
    small = np.zeros((10, 2, 2), bool)
    small[:, 0, 1] = True
    large = nearest(small, (4, 6))
    np.testing.assert_array_equal(large[0], np.kron([[0, 1], [0, 0]], np.ones((2, 3))).astype(bool))
    np.testing.assert_array_equal(nearest(large, (2, 2)), small)


def test_points_go_by_the_frames_map_or_by_the_crops_corner():
    moved = face(frame=b"x", frame_map=(2.0, 0.0, 5.0, 0.0, 3.0, -1.0))
    points = points_seen(moved, Seen((400, 300)))
    np.testing.assert_allclose(points, POINTS * [2, 3] + [5, -1])
    np.testing.assert_allclose(points_seen(face(), Seen((128, 128), (32, 36))), POINTS - [32, 36])
    assert points_seen(Face(), Seen()) is None
    assert packed_regions(Face(), Seen()) == b""


def test_a_sheet_shows_faces_above_and_their_regions_below():
    grey = np.full((192, 192, 3), 100, np.uint8)
    chip = tf.io.encode_png(grey).numpy()
    drawn = sheet([face(chip=chip), Face(chip=chip), face(chip=chip)], Seen())
    assert drawn.shape == (2 * 192, 2 * 192, 3)  # the one without points is left out
    np.testing.assert_array_equal(drawn[:192, :192], grey)
    chin = regions_of(POINTS, (192, 192))[list(REGIONS).index("chin")]
    alone = coloured(grey, np.stack([chin, *np.zeros((9, 192, 192), bool)]))
    expected = np.round((1 - STRENGTH) * 100 + STRENGTH * COLOURS[0])
    np.testing.assert_array_equal(alone[chin][0], expected)
    np.testing.assert_array_equal(alone[~chin], grey[~chin])
    with pytest.raises(ValueError, match="set landmarks=dlib68|Set landmarks=dlib68"):
        sheet([Face(chip=chip)], Seen())
