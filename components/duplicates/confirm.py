"""Confirms candidates: registers the two photos, small first, and compares their pixels."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from components.duplicates.candidates import Candidate
from components.duplicates.comparison import LONGEST, Comparison, compared
from components.duplicates.descriptor import CROPS
from components.duplicates.kinds import geometry, is_duplicate, kinds_of
from components.duplicates.photos import Seen
from components.duplicates.registration import inverse, of_crop, refined
from components.duplicates.rows import DuplicateRow
from components.ingest.decode import needed_bytes, read_picture
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.photos import DECODING_SHARE
from components.ingest.sources import Photo, opened, read
from models.devices.memory import Room, available_bytes

LEAST_GLANCE = 0.92  # correlation of thumbs of half the side, after few steps, below which no more are made
GLANCE = (32, (5,), 5)  # that side in pixels, the blur and the steps
LEAST_THUMBS = 0.96  # correlation of registered thumbs below which photos are not read again
KEPT_PICTURES = 64  # of at most 2 * LONGEST pixels a side: 80 MB


class Pictures:
    """Photos made smaller, read when they are asked for; the last ones asked for are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._room = Room(DECODING_SHARE * available_bytes())

    def __call__(self, photo: Photo) -> np.ndarray:
        """The upright pixels (h, w, 3) uint8 RGB, no side above ``2 * LONGEST``; raises RejectedPhoto."""
        with self._lock:
            if photo.file in self._kept:
                self._kept.move_to_end(photo.file)
                return self._kept[photo.file]
        with opened(photo) as stream:
            needed = needed_bytes(stream)
        with self._room.taken(needed):
            picture = smaller(read_picture(read(photo)).pixels, 2 * LONGEST)
        with self._lock:
            self._kept[photo.file] = picture
            while len(self._kept) > KEPT_PICTURES:
                self._kept.popitem(last=False)
        return picture


def smaller(pixels: np.ndarray, longest: int) -> np.ndarray:
    """A picture whose longer side is at most that many pixels."""
    height, width = pixels.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return pixels
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def confirmed(
    seen: Sequence[Seen],
    found: Sequence[Candidate],
    report: Callable[[int, int], object] | None = None,
) -> list[DuplicateRow]:
    """The rows of those candidates that show one picture; of two ways to lay a pair, that which fits."""
    pictures = Pictures()
    rows: dict[tuple[str, str], DuplicateRow] = {}
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="pairs") as pool:
            looked = pool.map(lambda one: confirm(seen[one.first], seen[one.second], one, pictures), found)
            for done, row in enumerate(looked, 1):
                if row is not None:
                    other = rows.setdefault((row.first, row.second), row)
                    rows[row.first, row.second] = min(other, row, key=lambda one: one.worst)
                if report is not None:
                    report(done, len(found))
    finally:
        cv2.setNumThreads(threads)
    return list(rows.values())


def confirm(
    first: Seen, second: Seen, candidate: Candidate, pictures: Callable[[Photo], np.ndarray]
) -> DuplicateRow | None:
    """The row of one candidate, or None where the two are not one picture, or one is gone."""
    start = of_crop(CROPS[candidate.crop], candidate.mirror)
    side, blurs, steps = GLANCE
    small = [cv2.resize(one.thumb, (side, side), interpolation=cv2.INTER_AREA) for one in (first, second)]
    glance = refined(small[0], small[1], start, blurs, steps)
    if glance is None or glance[1] < LEAST_GLANCE:
        return None
    thumbs = refined(first.thumb, second.thumb, start)
    if thumbs is None or thumbs[1] < LEAST_THUMBS:
        return None
    try:
        found = compared(pictures(first.photo), pictures(second.photo), thumbs[0])
    except RejectedPhoto:
        return None
    if found is None:
        return None
    if second.photo.path < first.photo.path:
        first, second, found = second, first, turned_round(found)
    return row_of(first, second, found)


def turned_round(found: Comparison) -> Comparison:
    """The comparison as it is from the second to the first; ``residual`` stays in the second's levels."""
    red, green, blue = (1 / gain if gain else 0.0 for gain in found.gains)
    gains = red, green, blue
    offsets = (-found.offsets[0] * red, -found.offsets[1] * green, -found.offsets[2] * blue)
    back = inverse(found.place)
    return Comparison(
        back,
        found.correlation,
        found.residual,
        found.worst,
        gains,
        offsets,
        found.grey,
    )


def row_of(first: Seen, second: Seen, found: Comparison) -> DuplicateRow | None:
    """The row of two photos that were compared; None where they are not one picture."""
    sizes = (first.height, first.width), (second.height, second.width)
    where = geometry(found.place, *sizes)
    if not is_duplicate(found, where):
        return None
    kinds = kinds_of(found, where, sizes[0] == sizes[1])
    return bare_row(
        first,
        second,
        kind=kinds[0],
        also=" + ".join(kinds[1:]),
        residual=round(found.residual, 2),
        worst=round(found.worst, 3),
        correlation=round(found.correlation, 4),
        scale=round(where.scale, 4),
        overlap=round(where.overlap, 4),
        mirror=where.mirror,
        tint=" ".join(f"{gain:.3g}" for gain in found.gains),
    )


def bare_row(first: Seen, second: Seen, **figures: object) -> DuplicateRow:
    """A row with what is known of the two photos, and the figures of the pair."""
    told = {
        f"{side}{what}": value
        for side, one in (("first", first), ("second", second))
        for what, value in (
            ("", one.photo.path),
            ("_hash", one.content_hash),
            ("_name", one.photo.label),
            ("_width", one.width),
            ("_height", one.height),
            ("_bytes", one.bytes),
        )
    }
    return DuplicateRow(**told, **figures)  # type: ignore[arg-type]
