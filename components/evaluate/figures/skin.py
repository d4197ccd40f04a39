"""How light a face's skin is in its photo: what a slice by skin tone can know without a person's word."""

from __future__ import annotations

import math

import cv2
import numpy as np

from schemas.face import Face

CHEEK = 0.55  # of the way from an eye to the corner of the mouth on its side
LUMINANCE = (0.0722, 0.7152, 0.2126)  # of blue, green and red
DARK = (6 / 29) ** 3
REACH = 0.12  # half a square's side, in shares of the distance of the eyes


def cheek_lightness(face: Face) -> float:
    """The lightness L* (CIE 1976, 0 to 100) of the lighter cheek; NaN without a chip or its five landmarks.

    A median over a square on each cheek, of which the one in the shade does not count. It is that of the
    skin as it is lit: a dark room and a dark skin look alike.
    """
    if not face.chip or not face.landmarks:
        return math.nan
    pixels = cv2.imdecode(np.frombuffer(face.chip, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        return math.nan
    points = np.array(face.landmarks).reshape(5, 2)
    eyes, mouth = points[:2], points[3:]
    half = max(1, round(REACH * float(np.hypot(*(eyes[1] - eyes[0])))))
    found = [_lightness(pixels, cheek, half) for cheek in eyes + CHEEK * (mouth - eyes)]
    known = [value for value in found if not math.isnan(value)]
    return max(known) if known else math.nan


def _lightness(pixels: np.ndarray, middle: np.ndarray, half: int) -> float:
    left, top = (round(float(value)) - half for value in middle)
    square = pixels[max(0, top) : top + 2 * half + 1, max(0, left) : left + 2 * half + 1]
    if not square.size:
        return math.nan
    share = square.astype(float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)  # sRGB
    luminance = float(np.median(linear @ LUMINANCE))
    return 116 * luminance ** (1 / 3) - 16 if luminance > DARK else luminance * (29 / 3) ** 3
