"""Frames: eyes at their places, boxes within the photo, nothing black, and points that follow."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ingest.frames import align
from components.ingest.frames.frames import (
    CELEBA_EYES,
    CELEBA_SIZE,
    FRAMES,
    after,
    inverse,
    regions_box,
    with_frame,
)
from components.ingest.settings import DENSE_FRAMES, FRAME_NAMES
from schemas.face import Face
from tests.face_points import POINTS

PHOTO = np.full((300, 400, 3), 90, np.uint8)


def face(turn=0.0, scale=1.0, at=(150.0, 140.0)):
    """A face in a photo, its chip's map a similarity; its dense points are ``POINTS`` in the chip."""
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    matrix = np.column_stack([linear, [96, 90] - linear @ np.array(at)])
    back = inverse(matrix)
    corners = align.transform_points(back, np.array([[40.0, 40.0], [150.0, 160.0]]))
    low, high = corners.min(axis=0), corners.max(axis=0)
    return Face(
        box=(*low, *(high - low)),
        landmarks=tuple(align.FIVE.ravel()),
        matrix=tuple(matrix.ravel()),
        landmarks68=tuple(POINTS.ravel()),
    )


def framed(name, **told):
    one = face(**told)
    return with_frame(one, name, PHOTO, one.landmarks68, "png")


def eyes_of(one):
    """The eyes of a face in its frame."""
    return align.transform_points(np.reshape(one.frame_map, (2, 3)), align.FIVE[:2])


def test_the_table_and_the_settings_name_the_same_frames():
    assert tuple(FRAMES) == FRAME_NAMES
    assert tuple(name for name, frame in FRAMES.items() if frame.dense) == DENSE_FRAMES


@given(turn=st.floats(-0.6, 0.6), scale=st.floats(0.5, 2.0))
def test_celebas_eyes_are_where_celeba_has_them(turn, scale):
    np.testing.assert_allclose(eyes_of(framed("celeba", turn=turn, scale=scale)), CELEBA_EYES, atol=1e-3)


@given(turn=st.floats(-0.6, 0.6), at=st.tuples(st.floats(20, 380), st.floats(20, 280)))
def test_ccas_eyes_are_level_and_their_middle_is_the_middle(turn, at):
    one = framed("cca", turn=turn, at=at)
    left, right = eyes_of(one)
    assert abs(left[1] - right[1]) < 1
    assert right[0] > left[0]
    middle = (FRAMES["cca"].size[1] - 1) / 2
    np.testing.assert_allclose((left + right) / 2, [middle, middle], atol=1)


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("at", [(150.0, 140.0), (5.0, 5.0), (395.0, 290.0)])
def test_nothing_in_a_frame_is_black(name, at):
    one = framed(name, at=at)
    if not one.frame:
        assert name in DENSE_FRAMES  # hardly a pixel of the box is in the photo
        return
    pixels = cv2.imdecode(np.frombuffer(one.frame, np.uint8), cv2.IMREAD_COLOR)
    assert pixels.shape == (*FRAMES[name].size, 3)
    assert pixels.min() == pixels.max() == 90


def test_a_box_holds_all_regions_but_the_neck_and_is_clamped_to_the_photo():
    one = framed("box")
    points = align.transform_points(np.reshape(one.frame_map, (2, 3)), POINTS)
    height, width = CELEBA_SIZE
    inside = points[17:]  # brows to mouth; ears and hair reach beyond the jaw's points
    assert (inside >= -1e-3).all()
    assert (inside <= [width - 1 + 1e-3, height - 1 + 1e-3]).all()
    photo = align.transform_points(inverse(np.reshape(one.matrix, (2, 3))), POINTS)
    low, high = regions_box(photo, ["chin", "cheeks"], PHOTO.shape[:2])
    assert (low >= 0).all()
    assert high[0] <= 399
    assert high[1] <= 299
    neck = regions_box(photo, ["chin", "below_chin"], PHOTO.shape[:2])
    assert neck[1, 1] > high[1]
    with pytest.raises(ValueError, match="Expected a box within the photo"):
        regions_box(photo + 5000, ["chin"], PHOTO.shape[:2])


def test_a_face_without_the_points_that_a_frame_goes_by_has_none():
    one = face()
    assert with_frame(one, "box", PHOTO, ()).frame == b""
    bare = Face(box=one.box, matrix=one.matrix)
    assert with_frame(bare, "celeba", PHOTO, one.landmarks68).frame == b""


def test_a_point_painted_in_the_photo_is_where_the_map_says():
    one = face(turn=0.3, scale=0.8)
    photo = PHOTO.copy()
    spot = align.transform_points(inverse(np.reshape(one.matrix, (2, 3))), POINTS[30:31])[0]
    cv2.circle(photo, tuple(round(float(value)) for value in spot), 3, (255, 0, 0), -1)
    for name in FRAMES:
        found = with_frame(one, name, photo, one.landmarks68, "png")
        pixels = cv2.imdecode(np.frombuffer(found.frame, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1].astype(int)
        red = np.argwhere(pixels[:, :, 0] - pixels[:, :, 1] > 80)[:, ::-1].mean(axis=0)
        expected = align.transform_points(np.reshape(found.frame_map, (2, 3)), POINTS[30:31])[0]
        assert np.hypot(*(red - expected)) < 2, name


def test_maps_one_after_another_and_back():
    first, second = np.reshape(face(0.4).matrix, (2, 3)), np.array([[2.0, 0, 1], [0, 3, 2]])
    points = np.random.default_rng(0).normal(size=(5, 2))
    both = align.transform_points(second, align.transform_points(first, points))
    np.testing.assert_allclose(align.transform_points(after(second, first), points), both)
    np.testing.assert_allclose(
        align.transform_points(after(inverse(first), first), points), points, atol=1e-9
    )
