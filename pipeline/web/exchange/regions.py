"""Boxes of faces as other programs keep them: relative to the picture as stored, by centre and size.

Metadata Working Group, "Guidelines for Handling Image Metadata" 2.0 (2010), "Image Regions"; the
eight orientations are those of EXIF 2.32, tag 274.
"""

from collections.abc import Callable
from dataclasses import dataclass

ORIENTATIONS = range(1, 9)
TURNED = (5, 6, 7, 8)  # orientations that swap width and height
FACE = "Face"
SAME_SHAPE = 0.01  # by how much the ratio of width to height may differ: a small picture's sides are rounded

Point = tuple[float, float]
Box = tuple[float, float, float, float]

# Where a point (x, y) of the upright picture lies in the picture as stored, all from 0 to 1.
STORED: dict[int, Callable[[float, float], Point]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (y, 1 - x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (1 - y, x),
}
BACK = {6: 8, 8: 6}  # two quarter turns undo each other; the other six undo themselves


@dataclass(frozen=True)
class Region:
    """One region of a picture as stored: its centre ``x``, ``y`` and its size ``w``, ``h``, from 0 to 1.

    ``name`` is empty where nobody named it. ``kind`` is MWG's type: Face, Pet, Focus or BarCode.
    """

    name: str
    x: float
    y: float
    w: float
    h: float
    kind: str = FACE


@dataclass(frozen=True)
class Regions:
    """The regions of a picture, and the pixels of the picture as stored that they were made for (None: not
    told)."""

    regions: tuple[Region, ...] = ()
    width: int | None = None
    height: int | None = None


def stored_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Width and height as stored, in pixels, of a picture whose upright width and height are ``size``; and
    back."""
    _check(size, orientation)
    return (size[1], size[0]) if orientation in TURNED else size


def region_of_box(name: str, box: Box, size: tuple[int, int], orientation: int) -> Region:
    """The region, relative to the picture as stored, of a face's box in the upright picture.

    A box that reaches over the picture's edge is cut there: MWG's regions lie inside.

    Args:
        name: the person's name; empty if unknown.
        box: left, top, width, height in pixels of the upright picture.
        size: width and height of the upright picture in pixels.
        orientation: the EXIF orientation of the file, 1 to 8.

    Raises:
        ValueError: an orientation or size that can't be, or a box of which nothing lies in the picture.
    """
    _check(size, orientation)
    left, right = (min(max(at / size[0], 0.0), 1.0) for at in (box[0], box[0] + box[2]))
    top, bottom = (min(max(at / size[1], 0.0), 1.0) for at in (box[1], box[1] + box[3]))
    if not (right > left and bottom > top):
        raise ValueError(
            f"Nothing of a face's box lies in the picture. Expected left, top, width, height within "
            f"{size[0]}x{size[1]} pixels; received {box}. Fix: leave this face out."
        )
    x, y = STORED[orientation]((left + right) / 2, (top + bottom) / 2)
    w, h = right - left, bottom - top
    return Region(name, x, y, *((h, w) if orientation in TURNED else (w, h)))


def box_of_region(region: Region, size: tuple[int, int], orientation: int) -> Box:
    """A region as a box in the upright picture: left, top, width, height in pixels.

    Args:
        region: relative to the picture as stored.
        size: width and height of the upright picture in pixels.
        orientation: the EXIF orientation of the file, 1 to 8.

    Raises:
        ValueError: an orientation or size that can't be.
    """
    _check(size, orientation)
    x, y = STORED[BACK.get(orientation, orientation)](region.x, region.y)
    w, h = (region.h, region.w) if orientation in TURNED else (region.w, region.h)
    return (x - w / 2) * size[0], (y - h / 2) * size[1], w * size[0], h * size[1]


def overlap(one: Region, other: Region) -> float:
    """The shared area of two regions over the area of both together, from 0 to 1."""
    wide = min(one.x + one.w / 2, other.x + other.w / 2) - max(one.x - one.w / 2, other.x - other.w / 2)
    high = min(one.y + one.h / 2, other.y + other.h / 2) - max(one.y - one.h / 2, other.y - other.h / 2)
    if wide <= 0 or high <= 0:
        return 0.0
    shared = wide * high
    both = one.w * one.h + other.w * other.h - shared
    return min(shared / both, 1.0) if both > 0 else 0.0


def made_for(regions: Regions, width: int, height: int) -> bool:
    """Whether regions fit a picture as stored of this width and height: the same shape, in any resolution.

    Where the shape differs, the picture was cut or turned after the regions were written, and they lie
    elsewhere (MWG 2.0, "Image Regions"). Regions that don't tell their picture's size are taken to fit.
    """
    if not regions.width or not regions.height:
        return True
    told, is_so = regions.width * height, regions.height * width
    return abs(told - is_so) <= SAME_SHAPE * max(told, is_so)


def _check(size: tuple[int, int], orientation: int) -> None:
    if orientation not in ORIENTATIONS:
        raise ValueError(
            f"Unknown orientation {orientation!r}. Expected 1 to 8, as EXIF numbers them. "
            "Fix: use 1 where a file tells none."
        )
    if size[0] < 1 or size[1] < 1:
        raise ValueError(
            f"Bad size {size} of a picture. Expected width and height of at least 1 pixel. "
            "Fix: read the file's size."
        )
