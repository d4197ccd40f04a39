"""The ten regions of a face as polygons over the 68 points of 300-W: data only (P2, chapter 4).

A corner of a polygon is a pair of sums, for x and for y: ``((31, 2), (32, -1))`` is twice the coordinate of
point 31 less that of point 32. Most corners are a point itself.
"""

from __future__ import annotations

Sum = tuple[tuple[int, float], ...]
Corner = tuple[Sum, Sum]
Polygon = tuple[Corner, ...]


def _at(point: int) -> Corner:
    """The corner that is a point itself."""
    return ((point, 1.0),), ((point, 1.0),)


def _at_all(*points: int) -> Polygon:
    return tuple(_at(point) for point in points)


def _below(point: int) -> Corner:
    """Point of the jaw, moved down by what point 58 of the lower lip lies below the nose's lower end."""
    return ((point, 1.0),), ((point, 1.0), (58, 1.0), (33, -1.0))


def _beside(point: int, brow: int) -> Corner:
    """Point of the cheek's edge, mirrored at it by its distance from the brow's end."""
    return ((point, 2.0), (brow, -1.0)), ((point, 1.0),)


# What the hair's height is of the distance from the nose's root to the chin: the median of what the authors'
# formula gives on 300 photos; the formula itself multiplies coordinates, and moves with the face's place.
HAIR = 0.77


def _raised(point: int) -> Corner:
    return ((point, 1.0),), ((point, 1.0), (8, -HAIR), (27, HAIR))


REGIONS: dict[str, tuple[Polygon, ...]] = {
    "chin": (_at_all(5, 6, 7, 8, 9, 10, 11, 54, 55, 56, 57, 58, 59, 48),),
    "cheeks": (
        _at_all(0, 1, 2, 3, 4, 5, 48, 31, 39, 40, 41, 36),
        _at_all(16, 15, 14, 13, 12, 11, 54, 35, 42, 47, 46, 45),
    ),
    "mouth": (_at_all(*range(48, 60)),),
    "above_mouth": (_at_all(48, 31, 32, 33, 34, 35, 54, 53, 52, 51, 50, 49),),
    "eyes": (_at_all(*range(36, 42)), _at_all(*range(42, 48))),
    "eyebrows": (_at_all(*range(17, 22)), _at_all(*range(22, 27))),
    "nose": (
        (
            (((31, 2.0), (32, -1.0)), ((31, 1.0),)),
            *_at_all(32, 33, 34),
            (((35, 2.0), (34, -1.0)), ((35, 1.0),)),
            *_at_all(42, 27, 39),
        ),
    ),
    "below_chin": ((*_at_all(*range(5, 12)), *(_below(point) for point in range(11, 4, -1))),),
    "ears": (
        (*_at_all(0, 1, 2, 3), *(_beside(point, 17) for point in (3, 2, 1, 0))),
        (*_at_all(16, 15, 14, 13), *(_beside(point, 26) for point in (13, 14, 15, 16))),
    ),
    "top_of_head": ((_at(24), _at(19), _raised(19), _raised(24)),),
}

# An ear is there if its edge of the cheek is farther outside than the end of its brow, by this share of the
# distance of the eyes: a head that is turned hides it. (outer point, brow's end, and which way is outside.)
EAR_LEAST = 0.03
EAR_SIDES = ((0, 17, -1.0), (16, 26, 1.0))
LEFT_EYE, RIGHT_EYE = tuple(range(36, 42)), tuple(range(42, 48))
