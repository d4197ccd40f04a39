"""Ways to look at a picture: at a reduced copy, in parts, turned; and several looks put together."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from components.ingest.detect.mtcnn import Detections, no_detections, suppress
from components.ingest.frames.align import transform_points

Look = Callable[[np.ndarray], Detections]
# A function from a reduced (or enlarged) picture and its scale to Detections in that picture's pixels.
Search = Callable[[np.ndarray, float], Detections]

LONG_SIDE = 1280  # of the copy that is searched for small faces
SMALL_PICTURE = 160  # below this a picture is enlarged and given a border before it is searched
BORDER_SHARE = 0.25
LONG_PICTURE = 2.5  # times as long as wide: what is longer is looked at in parts of this shape
NARROWEST = 12  # pixels: no detector finds a smaller face
SAME_FACE = 0.7  # of the smaller box that lies in the larger


def on_reduced(image: np.ndarray, long_side: int, search: Search) -> Detections:
    """Searches a copy reduced to `long_side`; a small picture is enlarged and gets a border.

    A long picture is searched in parts that overlap by its width, so that no face is cut in all of them. The
    result is in the pixels of `image`. A picture that is narrower than the smallest face holds none: of a
    line of 65,535 pixels there would be thousands of parts.
    """
    if min(image.shape[:2]) < NARROWEST:
        return no_detections()
    parts = list(_parts(image.shape[1], image.shape[0]))
    if len(parts) == 1:
        return _on_part(image, long_side, search)
    found = []
    for left, top, width, height in parts:
        part = _on_part(image[top : top + height, left : left + width], long_side, search)
        found.append(part.moved(left, top))
    return joined(found)


def part_side(width: int, height: int) -> int:
    """The long side of the parts in which a picture of this size is looked at, in pixels."""
    return max(max(part[2:]) for part in _parts(width, height))


def _parts(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, width and height of each part."""
    long, short = max(width, height), min(width, height)
    length = math.ceil(LONG_PICTURE * short)
    count = max(1, math.ceil((long - short) / max(1, length - short)))
    length = min(length, long)
    for number in range(count):
        start = round(number * (long - length) / max(1, count - 1))
        yield (start, 0, length, height) if width >= height else (0, start, width, length)


def _on_part(image: np.ndarray, long_side: int, search: Search) -> Detections:
    height, width = image.shape[:2]
    scale = long_side / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return search(reduced, scale).scaled(1 / scale)
    if max(height, width) > SMALL_PICTURE:
        return search(image, 1.0)
    border = round(BORDER_SHARE * max(height, width))
    framed = cv2.copyMakeBorder(image, border, border, border, border, cv2.BORDER_REPLICATE)
    enlarged = cv2.resize(framed, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    return search(enlarged, 2.0).scaled(0.5).moved(-border, -border)


def turned(degrees: float, search: Search) -> Search:
    """The search of the picture turned about its middle; turning back keeps the size and middle of a box."""

    def on_turned(image: np.ndarray, scale: float) -> Detections:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
        size = np.ceil(np.abs(matrix[:, :2]).round(9) @ (width, height)).astype(int)
        matrix[:, 2] += (size - (width, height)) / 2
        shape = (int(size[0]), int(size[1]))
        found = search(cv2.warpAffine(image, matrix, shape, borderMode=cv2.BORDER_REPLICATE), scale)
        back = cv2.invertAffineTransform(matrix)
        half = found.boxes[:, 2:] / 2
        middles = transform_points(back, found.boxes[:, :2] + half - 0.5) + 0.5
        points = None
        if found.landmarks is not None:
            points = transform_points(back, found.landmarks.reshape(-1, 2)).reshape(-1, 5, 2)
        return Detections(np.concatenate([middles - half, found.boxes[:, 2:]], axis=1), found.scores, points)

    return on_turned


def joined(looks: Sequence[Detections]) -> Detections:
    """The faces of several looks at one picture; of boxes that lie in each other the surest is kept."""
    unsettled = max((look.unsettled for look in looks), default=0)
    looks = [look for look in looks if len(look)]
    if len(looks) < 2:
        return replace(looks[0] if looks else no_detections(), unsettled=unsettled)
    boxes = np.concatenate([look.boxes for look in looks])
    scores = np.concatenate([look.scores for look in looks])
    points = [look.landmarks for look in looks if look.landmarks is not None]
    together = Detections(boxes, scores, np.concatenate(points) if points else None)
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    kept = together.keep(suppress(corners, scores, SAME_FACE, by_smaller=True))
    return replace(kept, unsettled=unsettled)
