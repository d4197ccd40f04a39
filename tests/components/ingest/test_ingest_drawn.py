"""A face in a box drawn by hand: its points, the box as it lies, and the geometry of both."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.ingest.decode import decode
from components.ingest.detect.detectors import make_detector
from components.ingest.detect.networks import Networks
from components.ingest.detect.tape import CELL
from components.ingest.drawn import MIDDLE, SIDE, box_transform, clamped, face_in_box, overlaps
from components.ingest.frames.align import transform_points
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
from components.ingest.sources import list_sample
from schemas.face import CHIP_SIZE, LEFT_EYE, RIGHT_EYE
from tests.components.ingest.pictures import astronaut, encoded

POINTS = IngestSettings(alignment="points")
# Of a chip: points of two looks at one face lie so near to each other. A tenth of the distance of the eyes is
# what eyes may be off, by the measure of Jesorsky, Kirchberg and Frischholz 2001, to count as found well.
NEAR = 0.1 * (RIGHT_EYE[0] - LEFT_EYE[0])
SIZES = st.integers(CELL, 3000)


@pytest.fixture(scope="module")
def networks():
    return Networks()


@pytest.fixture(scope="module")
def detected():
    """The astronaut's face as the detector finds it."""
    (face,) = find_faces(encoded(astronaut()), make_detector(POINTS), POINTS).faces
    return face


def drawn_about(box, share, right=0.0, down=0.0):
    """A box of another size, moved in shares of the first one's."""
    left, top, width, height = box
    middle = left + width * (0.5 + right), top + height * (0.5 + down)
    return middle[0] - share * width / 2, middle[1] - share * height / 2, share * width, share * height


@pytest.mark.parametrize(
    ("share", "right", "down"), [(1, 0, 0), (0.9, 0.1, 0), (1.3, 0, -0.1), (1.6, -0.1, 0.1)]
)
def test_the_points_are_found_whatever_the_box_is_like(detected, networks, share, right, down):
    box = drawn_about(detected.box, share, right, down)
    face = face_in_box(astronaut(), box, POINTS, networks)
    assert face.box == pytest.approx(box)
    assert face.score >= POINTS.min_score
    there = np.reshape(detected.landmarks, (5, 2)), np.reshape(face.landmarks, (5, 2))
    assert np.abs(there[0] - there[1]).max() < NEAR
    assert decode(face.chip).shape == (CHIP_SIZE, CHIP_SIZE, 3)
    assert face.sharpness > 0


def test_a_head_of_every_tenth_photo_of_the_sample_has_its_points(networks):
    """A box that is the whole photo: ORL's heads fill theirs."""
    files = [photo.file for photo in list_sample() if photo.path.startswith("orl/")][::10]
    pictures = [decode(Path(file).read_bytes()) for file in files]
    faces = [face_in_box(one, (0, 0, one.shape[1], one.shape[0]), POINTS, networks) for one in pictures]
    assert np.mean([face.score > 0 for face in faces]) > 0.9


def test_of_two_faces_the_one_in_the_box_is_taken(detected, networks):
    image = astronaut()
    both = np.concatenate([image, image[:, ::-1]], axis=1)
    other = detected.box[0] + 2 * (512 - detected.box[0]) - detected.box[2], *detected.box[1:]
    for box in (detected.box, other):
        face = face_in_box(both, drawn_about(box, 1.2), POINTS, networks)
        back = np.linalg.inv(np.vstack([np.reshape(face.matrix, (2, 3)), [0, 0, 1]]))[:2]
        nose = transform_points(back, np.reshape(face.landmarks, (5, 2)))[2]
        assert box[0] < nose[0] < box[0] + box[2]
        assert box[1] < nose[1] < box[1] + box[3]


def test_a_dark_face_is_found_where_the_picture_is_brightened(detected, networks):
    face = face_in_box((astronaut() // 25).astype(np.uint8), detected.box, POINTS, networks)
    assert face.score > 0
    assert decode(face.chip).max() > 128


@pytest.mark.parametrize("alignment", ["eyes", "points"])
def test_where_no_face_is_the_box_is_cut_out_and_says_so(networks, alignment):
    image = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)
    face = face_in_box(image, (100, 50, 80, 100), IngestSettings(alignment=alignment), networks)
    assert (face.score, face.landmarks) == (0.0, ())
    np.testing.assert_allclose(np.reshape(face.matrix, (2, 3)), box_transform((100, 50, 80, 100)))


def test_a_box_as_it_lies_shows_a_face_where_alignment_would(detected):
    """The eyes come within a quarter of their distance to their places; without any rule they need not."""
    aligned = np.reshape(detected.matrix, (2, 3))
    back = np.linalg.inv(np.vstack([aligned, [0, 0, 1]]))[:2]
    in_photo = transform_points(back, np.reshape(detected.landmarks, (5, 2)))
    laid = transform_points(box_transform(detected.box), in_photo)
    assert np.abs(laid[:2] - np.array([LEFT_EYE, RIGHT_EYE])).max() < (RIGHT_EYE[0] - LEFT_EYE[0]) / 4


def test_the_chip_has_the_format_that_the_settings_say(detected, networks):
    for form in ("png", "jpeg"):
        settings = IngestSettings(chip_format=form)
        chip = face_in_box(astronaut(), detected.box, settings, networks).chip
        assert Image.open(io.BytesIO(chip)).format.lower() == form


def test_a_box_across_the_edge_is_cut_off(networks):
    face = face_in_box(astronaut(), (-50, 400, 200, 300), POINTS, networks)
    assert face.box == (0.0, 400.0, 150.0, 112.0)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ((600, 0, 50, 50), "holds too little of the picture"),
        ((-50, 0, 50, 50), "holds too little of the picture"),
        ((0, 0, CELL - 1, CELL - 1), "holds too little of the picture"),
        ((0, 0, 0, 50), "is none"),
        ((0, 0, 50, -1), "is none"),
        ((0, 0, float("nan"), 50), "is none"),
        ((0, 0, float("inf"), 50), "is none"),
        ((0, 0, 50), "is none"),
    ],
)
def test_a_box_that_is_none_is_refused(box, words, networks):
    with pytest.raises(ValueError, match=words):
        face_in_box(astronaut(), box, POINTS, networks)


@given(
    SIZES,
    SIZES,
    st.tuples(st.floats(-4e3, 4e3), st.floats(-4e3, 4e3), st.floats(0.1, 8e3), st.floats(0.1, 8e3)),
)
def test_what_is_left_of_a_box_lies_in_both(width, height, box):
    try:
        left, top, wide, high = clamped(box, width, height)
    except ValueError:
        shared = [min(size, box[i] + box[i + 2]) - max(0, box[i]) for i, size in enumerate((width, height))]
        assert min(shared) < 1 or max(shared) < CELL
        return
    assert min(wide, high) >= 1
    assert max(wide, high) >= CELL
    for start, side, i, size in ((left, wide, 0, width), (top, high, 1, height)):
        assert max(0, box[i]) == start
        assert start + side == pytest.approx(min(size, box[i] + box[i + 2]))
    assert clamped((left, top, wide, high), width, height) == pytest.approx((left, top, wide, high))


@given(st.tuples(st.floats(0, 4e3), st.floats(0, 4e3), st.floats(1, 4e3), st.floats(1, 4e3)))
def test_a_box_comes_to_its_place_upright_at_one_scale(box):
    matrix = box_transform(box)
    assert matrix[0, 0] == matrix[1, 1] > 0
    assert matrix[0, 1] == matrix[1, 0] == 0
    corners = np.array([box[:2], (box[0] + box[2], box[1] + box[3])]) - 0.5
    low, high = transform_points(matrix, corners)
    assert (low + high) / 2 == pytest.approx(MIDDLE, abs=1e-6)
    assert (high - low).mean() == pytest.approx(SIDE)


@given(st.tuples(*[st.floats(0, 100)] * 2, *[st.floats(1, 100)] * 2), st.floats(0, 2), st.floats(0, 2))
def test_overlap_falls_with_distance_from_one_to_nothing(box, near, further):
    moved = np.array([[box[0] + share * box[2], *box[1:]] for share in (0, near, near + further, 2.5)])
    shares = overlaps(moved, box)
    assert shares[0] == pytest.approx(1)
    assert (np.diff(shares[:3]) <= 1e-9).all()
    assert shares[3] == 0
