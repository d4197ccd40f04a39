"""The picture of a drawing: where lines are, where none are, and that it stays inside."""

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.drawings.raster import THICKNESS, draw, encode_png
from schemas.sketch_features import PADDING

SQUARE = np.array([[255, 0, 0], [0, 255, 0], [-255, 0, 0], [0, -255, 1]], np.float32)


def dark(picture):
    return picture[:, :, 0] < 128


def test_a_square_is_its_four_sides():
    picture = draw(SQUARE)
    assert picture.shape == (192, 192, 3)
    assert picture.dtype == np.uint8
    rows, columns = np.flatnonzero(dark(picture).any(axis=1)), np.flatnonzero(dark(picture).any(axis=0))
    for span in (rows, columns):  # 0.9 of 192 in the middle, and a line's thickness
        assert abs(span[0] - 9.1) <= 2
        assert abs(span[-1] - 181.9) <= 2
    assert not dark(picture)[20:170, 20:170].any()
    turned = picture[::-1, ::-1].astype(int)
    assert np.abs(picture - turned).max() <= 48  # in the middle, but for OpenCV's own edges


def test_nothing_is_drawn_while_the_pen_is_up():
    down = np.array([[100, 0, 0], [0, 100, 0], [100, 0, 1]], np.float32)
    up = down.copy()
    up[0, 2] = 1
    gone = dark(draw(down)) & ~dark(draw(up))
    assert gone.sum() > 80  # the upright line of 100 units, at 0.68 pixels a unit
    assert not (dark(draw(up)) & ~dark(draw(down))).any()


def test_a_stroke_of_one_point_is_a_dot():
    dot = np.concatenate([SQUARE, [[127, 127, 1]]])
    middle = dark(draw(dot))[90:102, 90:102]
    assert 1 <= middle.sum() <= 16
    assert not dark(draw(SQUARE))[90:102, 90:102].any()


def test_lines_are_antialiased_and_bytes_come_back():
    picture = draw(np.array([[255, 100, 1]], np.float32))
    assert len(np.unique(picture)) > 10
    decoded = cv2.imdecode(np.frombuffer(encode_png(picture), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(decoded, picture)


def test_padding_and_an_empty_drawing_leave_the_paper_white():
    padded = np.concatenate([SQUARE, [PADDING, (50, 50, PADDING[2])]])
    np.testing.assert_array_equal(draw(padded), draw(SQUARE))
    assert (draw(np.zeros((0, 3))) == 255).all()
    assert (draw(np.array([PADDING])) == 255).all()


@settings(max_examples=50)
@given(hnp.arrays(np.float32, (7, 3), elements=st.floats(-1000, 1000, width=32)), st.sampled_from([64, 192]))
def test_every_drawing_stays_inside_its_picture(strokes, side):
    strokes[:, 2] = strokes[:, 2] > 0
    strokes[0] = (1000, 1000, 0)  # so that something is drawn
    picture = draw(strokes, side)
    line = max(1, round(THICKNESS * side / 192))
    edge = max(1, int(0.05 * side - 0.5 * line - 2.5))  # the margin less half a line and OpenCV's soft edge
    assert dark(picture).any()
    assert (picture[:edge] == 255).all()
    assert (picture[:, -edge:] == 255).all()
