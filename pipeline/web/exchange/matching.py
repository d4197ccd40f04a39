"""Which face of the library a region of another program means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.web.exchange.regions import FACE, Region, overlap

ENOUGH = 0.3  # of overlap; programs draw boxes of a face up to twice as large as others


@dataclass(frozen=True)
class Matching:
    """What ``matched_regions`` found: pairs (place in the regions, place in the faces), and the regions left
    over."""

    pairs: tuple[tuple[int, int], ...]
    new: tuple[int, ...]


def matched_regions(regions: Sequence[Region], faces: Sequence[Region]) -> Matching:
    """Gives each region of a file to the face that it overlaps most, each face once.

    A region may go to a face if they overlap by at least ``ENOUGH`` of both together, or if the region's
    centre lies in the face's box. Among all ways to pair them, the one with the largest sum of overlaps (an
    assignment problem).

    Args:
        regions: of a file, relative to the picture as stored; regions that are not faces are passed over.
        faces: the boxes of the library's faces, relative to the picture as stored.

    Returns:
        The pairs, and as ``new`` the regions of faces that no face was found for: faces to be made, of origin
        ``xmp``.
    """
    asked = [place for place, region in enumerate(regions) if region.kind == FACE]
    shared = np.array([[_likeness(regions[place], face) for face in faces] for place in asked])
    pairs: list[tuple[int, int]] = []
    if shared.size:
        pairs = [(asked[i], j) for i, j in best_pairs(shared)]
    taken = {place for place, _ in pairs}
    return Matching(tuple(pairs), tuple(place for place in asked if place not in taken))


def best_pairs(likeness: np.ndarray) -> list[tuple[int, int]]:
    """The pairs (row, column), each row and column once at most, with the largest sum; none of a likeness of
    0.

    Args:
        likeness: (n, m), 0 and more.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(likeness, maximize=True)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if likeness[i, j] > 0]


def _likeness(region: Region, face: Region) -> float:
    shared = overlap(region, face)
    inside = abs(region.x - face.x) <= face.w / 2 and abs(region.y - face.y) <= face.h / 2
    return shared if shared >= ENOUGH or inside else 0.0
