import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from components.ingest.frames import align
from schemas.face import CHIP_SIZE, LEFT_EYE, RIGHT_EYE

coordinate = st.floats(-5000, 5000)
point = st.tuples(coordinate, coordinate)


@given(point, point, point)
def test_eyes_land_on_their_points_and_the_transform_is_a_similarity(left, right, other):
    left, right = np.array(left), np.array(right)
    assume(np.hypot(*(right - left)) >= 1.5)
    matrix = align.eye_transform(left, right)
    moved = align.transform_points(matrix, np.array([left, right, other]))
    assert np.allclose(moved[:2], [LEFT_EYE, RIGHT_EYE], atol=1e-5)
    scale = np.hypot(matrix[0, 0], matrix[1, 0])
    assert np.allclose(matrix[:, :2] @ matrix[:, :2].T, scale**2 * np.eye(2), atol=1e-9 * max(1, scale**2))
    assert np.linalg.det(matrix[:, :2]) > 0
    before, after = np.hypot(*(np.array(other) - left)), np.hypot(*(moved[2] - moved[0]))
    assert after == pytest.approx(scale * before, rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("right", [(10.0, 10.5), (float("nan"), 3.0), (float("inf"), 3.0)])
def test_eyes_that_fall_together_are_refused(right):
    with pytest.raises(ValueError, match="at least 1 pixel apart"):
        align.eye_transform(np.array([10.0, 10.0]), np.array(right))


@given(point, st.floats(0, 6.3), st.floats(0.05, 50))
def test_five_points_land_where_they_belong_at_every_place_angle_and_size(shift, angle, scale):
    turned = align.FIVE @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = align.five_point_transform(scale * turned + shift)
    moved = align.transform_points(matrix, scale * turned + shift)
    assert np.allclose(moved, align.FIVE, atol=1e-6)


def test_no_other_similarity_brings_five_points_nearer():
    points = align.FIVE + np.random.default_rng(0).normal(scale=8, size=(5, 2))
    best = align.five_point_transform(points)

    def off(matrix):
        return np.square(align.transform_points(matrix, points) - align.FIVE).sum()

    for turn in np.eye(4) * 1e-3:
        a, b, x, y = turn
        for sign in (1, -1):
            other = best + sign * np.array([[a, -b, x], [b, a, y]])
            assert off(other) > off(best)


def test_a_head_seen_from_the_side_keeps_its_size():
    """The eyes seem half as far apart: by them alone the face would be twice as large."""
    turned = align.FIVE.copy()
    turned[1, 0] = 96.0
    assert np.hypot(*align.eye_transform(turned[0], turned[1])[:, 0]) == pytest.approx(2)
    assert 0.8 < np.hypot(*align.five_point_transform(turned)[:, 0]) < 1.25


@pytest.mark.parametrize("points", [np.full((5, 2), 7.0), np.full((5, 2), np.nan)])
def test_five_points_at_one_place_are_refused(points):
    with pytest.raises(ValueError, match="more than 1 pixel from their middle"):
        align.five_point_transform(points)


def dots(size, points, radius):
    y, x = np.mgrid[0:size, 0:size]
    image = np.full((size, size, 3), 20, np.uint8)
    for channel, (px, py) in enumerate(points):
        image[..., channel] = np.clip(
            250 * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius**2)), 20, 250
        )
    return image


def centre_of(channel):
    weight = np.clip(channel.astype(float) - 60, 0, None)
    y, x = np.mgrid[0 : weight.shape[0], 0 : weight.shape[1]]
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@settings(max_examples=40)
@given(st.floats(-180, 180), st.floats(20, 400))
def test_painted_eyes_are_level_in_the_chip_at_every_angle_and_size(angle, distance):
    size = 1100
    half = distance / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array([size / 2 + 3.3, size / 2 - 7.7])
    image = dots(size, [middle - half, middle + half], distance / 10)
    chip = align.warp(image, align.eye_transform(middle - half, middle + half))
    left, right = centre_of(chip[..., 0]), centre_of(chip[..., 1])
    # OpenCV weighs neighbours by whole 32nds of a pixel, and grey levels are whole.
    assert np.allclose([left, right], [LEFT_EYE, RIGHT_EYE], atol=0.15)
    assert abs(np.degrees(np.arctan2(*(right - left)[::-1]))) < 0.5


@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0, 3.0, 7.4])
def test_shrinking_weighs_every_pixel_by_its_area(factor):
    side = round(CHIP_SIZE * factor)
    noise = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    matrix = np.array([[1 / factor, 0, (1 / factor - 1) / 2], [0, 1 / factor, (1 / factor - 1) / 2]])
    chip = align.warp(noise, matrix).astype(float)
    wanted = cv2.resize(noise, (CHIP_SIZE, CHIP_SIZE), interpolation=cv2.INTER_AREA).astype(float)
    assert chip.mean() == pytest.approx(noise.mean(), abs=1)
    assert chip.std() < 1.15 * wanted.std()
    # picking pixels instead of averaging them would correlate by 1 / factor only
    assert np.corrcoef(chip.ravel(), wanted.ravel())[0, 1] > 0.65


def test_border_is_replicated_beyond_the_photo():
    image = np.zeros((50, 50, 3), np.uint8)
    image[:, :25] = (200, 10, 10)
    image[:, 25:] = (10, 10, 200)
    chip = align.warp(image, align.eye_transform(np.array([15.0, 5.0]), np.array([35.0, 5.0])))
    assert (chip[:, 0] == (200, 10, 10)).all()
    assert (chip[0, -1] == (10, 10, 200)).all()


@pytest.mark.parametrize(("height", "width"), [(112, 92), (1, 7), (900, 300), (192, 192), (40, 40)])
def test_whole_picture_is_centred_and_padded(height, width):
    image = np.full((height, width, 3), 90, np.uint8)
    chip = align.warp(image, align.whole_transform(width, height))
    assert (chip == 90).all()
    assert chip.shape == (192, 192, 3)


def test_whole_picture_of_chip_size_is_itself():
    image = np.random.default_rng(1).integers(0, 256, (192, 192, 3), dtype=np.uint8)
    assert (align.warp(image, align.whole_transform(192, 192)) == image).all()


def test_sharpness_falls_when_blurred():
    chip = np.random.default_rng(2).integers(0, 256, (192, 192, 3), dtype=np.uint8)
    assert align.sharpness(cv2.GaussianBlur(chip, (0, 0), 2)) < align.sharpness(chip) / 10


def test_png_chips_are_exact_and_jpeg_chips_close():
    chip = cv2.GaussianBlur(
        np.random.default_rng(3).integers(0, 256, (192, 192, 3), dtype=np.uint8), (0, 0), 3
    )
    for chip_format, start, tolerance in (("png", b"\x89PNG", 0), ("jpeg", b"\xff\xd8", 8)):
        data = align.encode_chip(chip, chip_format)
        assert data.startswith(start)
        back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
        assert np.abs(back.astype(int) - chip).max() <= tolerance
