"""The lightness of cheeks, from chips whose every part has a known grey."""

import math

import numpy as np
import pytest

from components.evaluate.figures.skin import cheek_lightness
from schemas.face import Face
from tests.components.ingest.pictures import astronaut, encoded

POINTS = (64.0, 69.0, 128.0, 69.0, 96.0, 105.0, 70.0, 140.0, 122.0, 140.0)


def chip(left, right, rest=0):
    """A chip with two cheeks, of 192 pixels."""
    pixels = np.full((192, 192, 3), rest, np.uint8)
    pixels[90:125, 50:85], pixels[90:125, 107:142] = left, right
    return encoded(pixels)


def lightness(grey):
    """CIE 1976: L* of a grey of sRGB, of which the linear light is taken."""
    share = grey / 255
    linear = share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
    return 116 * linear ** (1 / 3) - 16 if linear > (6 / 29) ** 3 else linear * (29 / 3) ** 3


@pytest.mark.parametrize(("left", "right"), [(90, 90), (200, 90), (90, 200), (20, 10)])
def test_the_lighter_cheek_counts_and_nothing_beside_it(left, right):
    for rest in (0, 255):
        found = cheek_lightness(Face(chip=chip(left, right, rest), landmarks=POINTS))
        assert found == pytest.approx(lightness(max(left, right)), rel=1e-9)


def test_a_face_without_a_chip_or_points_has_none():
    assert math.isnan(cheek_lightness(Face(landmarks=POINTS)))
    assert math.isnan(cheek_lightness(Face(chip=chip(90, 90))))
    assert math.isnan(cheek_lightness(Face(chip=b"no picture", landmarks=POINTS)))
    outside = tuple(value + 900 for value in POINTS)
    assert math.isnan(cheek_lightness(Face(chip=chip(90, 90), landmarks=outside)))


def test_half_the_light_is_darker():
    points = (202.0, 100.0, 246.0, 103.0, 226.0, 130.0, 206.0, 148.0, 242.0, 150.0)
    light, dark = (encoded((astronaut() * share).astype(np.uint8)) for share in (1.0, 0.5))
    one, other = (cheek_lightness(Face(chip=data, landmarks=points)) for data in (light, dark))
    assert 50 < one < 90
    assert other < one - 15
