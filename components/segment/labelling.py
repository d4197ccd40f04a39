"""What the labeler does to one face: its regions, where its classifier sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.segment.packing import Size, nearest, packed, regions_of
from schemas.face import CHIP_SIZE, Face
from schemas.landmarks import N_POINTS


@dataclass(frozen=True)
class Seen:
    """How a classifier sees a face: ``size`` of the picture that is cut, ``corner`` (left, top) of it in the
    chip where no frame is cut, and ``maps``, the size of its maps, which spread over the whole picture."""

    size: Size = (CHIP_SIZE, CHIP_SIZE)
    corner: tuple[int, int] = (0, 0)
    maps: Size = (CHIP_SIZE, CHIP_SIZE)


def points_seen(face: Face, seen: Seen) -> np.ndarray | None:
    """The 68 points of a face in pixels of what its classifier sees, (68, 2); None if it has none."""
    if not face.landmarks68:
        return None
    points = np.reshape(face.landmarks68, (N_POINTS, 2))
    if not face.frame_map:
        moved: np.ndarray = points - np.array(seen.corner, float)
        return moved
    matrix = np.reshape(face.frame_map, (2, 3))
    found: np.ndarray = points @ matrix[:, :2].T + matrix[:, 2]
    return found


def regions_seen(face: Face, seen: Seen) -> np.ndarray | None:
    """The ten regions of a face as its classifier's maps have them, bool (10, h, w); None without points."""
    points = points_seen(face, seen)
    return None if points is None else nearest(regions_of(points, seen.size), seen.maps)


def packed_regions(face: Face, seen: Seen) -> bytes:
    """``regions_seen``, packed; empty without points."""
    found = regions_seen(face, seen)
    return b"" if found is None else packed(found)
