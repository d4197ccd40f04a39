"""Frames: what else may be cut out of a photo around a face, for classifiers that must see more than a chip.

A chip holds 54% of the hair, 41% of what lies below the chin and 70% of the ears of P2's regions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from components.ingest.frames import align
from components.segment.regions import corners, ear_is_seen
from schemas.face import Face
from schemas.face_regions import REGIONS

# Where the eyes lie in CelebA's aligned pictures, 178 wide and 218 high: their mean in its file of landmarks,
# made symmetric and level.
CELEBA_SIZE = (218, 178)
CELEBA_EYES = ((69.4, 111.2), (107.6, 111.2))
CCA_SIDE = 224  # pixels: chapter 7 names none
CCA_GROWN = 0.5  # share of the box's width and height by which it is grown


@dataclass(frozen=True)
class Frame:
    """One kind of frame: its height and width, and the affine map [2, 3] from photo pixels to its own.

    ``place`` (face, dense points (68, 2) in the photo or None, photo's height and width) gives the map.
    ``dense``: whether it needs the 68 points.
    """

    size: tuple[int, int]
    place: Callable[[Face, np.ndarray | None, tuple[int, int]], np.ndarray]
    dense: bool = False


def celeba(face: Face, dense: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """CelebA's own alignment: the eyes at their places in ``img_align_celeba``."""
    return align.onto(five_in_photo(face)[:2], np.array(CELEBA_EYES))


def box(face: Face, dense: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """The authors' crop (P2, chapter 4): the box of all regions but ``below_chin``, stretched."""
    return stretched(regions_box(dense, [name for name in REGIONS if name != "below_chin"], shape))


def box_neck(face: Face, dense: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """The box of all ten regions."""
    return stretched(regions_box(dense, list(REGIONS), shape))


def cca(face: Face, dense: np.ndarray | None, shape: tuple[int, int]) -> np.ndarray:
    """The crop of P2's chapter 7: eyes level, and the point between them in the middle of a square.

    The box is grown by half of its width and height and clamped to the photo; the square reaches from the
    point between the eyes to that box's farthest corner side. What lies beyond the photo repeats its border.
    """
    left, right = five_in_photo(face)[:2]
    middle = (left + right) / 2
    x, y, width, height = face.box
    grown = np.array([[x, y], [x + width, y + height]]) + np.outer([-1, 1], [width, height]) * CCA_GROWN / 2
    clamped = np.clip(grown, 0, np.array([shape[1], shape[0]]) - 1)
    reach = np.abs(clamped - middle).max()
    turn = (right - left) / np.hypot(*(right - left))
    scale = (CCA_SIDE - 1) / 2 / reach
    across = scale * np.array([turn[0], turn[1]])
    down = scale * np.array([-turn[1], turn[0]])
    linear = np.stack([across, down])
    return np.column_stack([linear, (CCA_SIDE - 1) / 2 - linear @ middle])


FRAMES: dict[str, Frame] = {
    "celeba": Frame(CELEBA_SIZE, celeba),
    "box": Frame(CELEBA_SIZE, box, dense=True),
    "box_neck": Frame(CELEBA_SIZE, box_neck, dense=True),
    "cca": Frame((CCA_SIDE, CCA_SIDE), cca),
}


def with_frame(
    face: Face, name: str, image: np.ndarray, dense: tuple[float, ...], chip_format: str = "jpeg"
) -> Face:
    """The face with its frame ``name``, a key of ``FRAMES``, cut out of an upright RGB photo.

    ``dense`` are the 68 points in its chip, if it has any. A face that lacks the points that the frame goes
    by has no frame; so has one whose points lie at one place.
    """
    kind = FRAMES[name]
    if not face.landmarks or (kind.dense and not dense):
        return face
    to_chip = np.reshape(face.matrix, (2, 3))
    points = align.transform_points(inverse(to_chip), np.reshape(dense, (-1, 2))) if dense else None
    try:
        matrix = kind.place(face, points, (image.shape[0], image.shape[1]))
    except ValueError:
        return face
    pixels = align.warp(image, matrix, kind.size)
    moved = tuple(float(value) for value in after(matrix, inverse(to_chip)).ravel())
    return replace(face, frame=align.encode_chip(pixels, chip_format), frame_map=moved)


def five_in_photo(face: Face) -> np.ndarray:
    """The face's five landmarks [5, 2] in pixels of its photo."""
    return align.transform_points(
        inverse(np.reshape(face.matrix, (2, 3))), np.reshape(face.landmarks, (5, 2))
    )


def regions_box(points: np.ndarray | None, names: list[str], shape: tuple[int, int]) -> np.ndarray:
    """The box of some regions of a face, clipped to a photo (h, w): [[left, top], [right, bottom]] in pixels.

    ValueError if less than two pixels of it are left.
    """
    if points is None:
        raise ValueError("Cannot frame a face by its regions. Expected its 68 points; received none.")
    found = np.concatenate(
        [
            corners(polygon, points)
            for name in names
            for side, polygon in enumerate(REGIONS[name])
            if name != "ears" or ear_is_seen(side, points)
        ]
    )
    ends = np.array([found.min(axis=0), found.max(axis=0)])
    clipped: np.ndarray = np.clip(ends, 0, np.array([shape[1], shape[0]]) - 1)
    if (clipped[1] - clipped[0] < 1).any():
        raise ValueError(f"Cannot frame a face. Expected a box within the photo; received {ends.tolist()}.")
    return clipped


def stretched(ends: np.ndarray) -> np.ndarray:
    """The map [2, 3] that stretches a box [[left, top], [right, bottom]] to the frame of CelebA's size."""
    height, width = CELEBA_SIZE
    scale = (np.array([width, height]) - 1) / (ends[1] - ends[0])
    return np.array([[scale[0], 0, -scale[0] * ends[0, 0]], [0, scale[1], -scale[1] * ends[0, 1]]])


def inverse(matrix: np.ndarray) -> np.ndarray:
    """The map [2, 3] that takes a map [2, 3] back."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The map [2, 3] that does ``first`` and then ``second``."""
    return np.column_stack([second[:, :2] @ first[:, :2], second[:, :2] @ first[:, 2] + second[:, 2]])
