"""A face's quality among the library's, and which faces found groups."""

import numpy as np
import pytest

from components.evaluate.figures.quality import FIVE, founders, quality_of
from components.face_table import FaceTable
from schemas.face import Face

EYES_AND_MOUTH = np.array([(64, 69), (128, 69), (96, 110), (70, 140), (122, 140)], float)


def seen(side=80.0, sharpness=200.0, nose=0.0, apart=0.0, dense=True):
    five = EYES_AND_MOUTH.copy()
    five[2, 0] += nose
    points = np.zeros((68, 2))
    for place, where in zip(FIVE, five, strict=True):
        points[list(place)] = where + np.array([0, apart])
    return Face(
        box=(0.0, 0.0, side, side),
        sharpness=sharpness,
        landmarks=tuple(five.ravel()),
        landmarks68=tuple(points.ravel()) if dense else (),
    )


def table(rows):
    n = len(rows)
    return FaceTable([b""] * n, [f"{i}" for i in range(n)], [None] * n, ["train"] * n, [b""] * n, list(rows))


def good(n):
    return [seen(80.0 + i, 200.0 + i, 0.1 * (n - i), 0.1 * (n - i)) for i in range(n)]


@pytest.mark.parametrize(
    ("changed", "weakest"),
    [
        ({"side": 20.0}, "side"),
        ({"sharpness": 3.0}, "sharpness"),
        ({"nose": -14.0}, "frontal"),
        ({"apart": 9.0}, "agreement"),
    ],
)
def test_the_score_is_the_rank_in_the_weakest_respect(changed, weakest):
    found = quality_of(table([*good(9), seen(**{"side": 99.0, "sharpness": 300.0} | changed)]))
    assert found.weakest[-1] == weakest
    assert found.score[-1] == pytest.approx(0.05)
    assert found.score.argmin() in (0, 9)


def test_a_long_embedding_is_unlike_all_others():
    norms = np.array([1.0, 1.1, 1.2, 5.0])
    found = quality_of(table(good(4)), norms)
    assert found.names[-1] == "likeness"
    assert found.weakest[-1] == "likeness"


def test_what_is_not_known_of_all_faces_is_left_out_and_nothing_known_is_none():
    rows = [*good(4), seen(dense=False)]
    assert quality_of(table(rows)).names == ("side", "sharpness", "frontal")
    assert quality_of(FaceTable([b""] * 2, ["a", "b"], [None] * 2, ["train"] * 2, [b""] * 2)) is None
    unknown = Face()
    assert quality_of(table([unknown, unknown])) is None


def test_founders_are_the_best_share_in_their_order():
    found = quality_of(table(good(10)))
    rows = np.array([0, 2, 4, 6, 8, 9])
    np.testing.assert_array_equal(founders(found, rows, 0.5), [6, 8, 9])
    np.testing.assert_array_equal(founders(found, rows, 1.0), rows)
    np.testing.assert_array_equal(founders(None, rows, 0.5), rows)
    np.testing.assert_array_equal(founders(found, rows, 0.01), [8, 9])
