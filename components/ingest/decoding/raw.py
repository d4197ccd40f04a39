"""A camera's raw picture: which files are one, and the largest JPEG in it, which is read as the photo.

Cameras write a preview beside the samples, mostly of full size, to show it on their screens. Where it lies
differs by maker: in a directory, a maker's note, a box, behind a header. A JPEG starts alike everywhere,
so it is looked for in the whole file; what is a tile or strip of a larger picture is passed over.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from components.ingest.decoding.file_kinds import (
    HEAD,
    RAW_START,
    TIFF_STARTS,
    RejectedPhoto,
    tiff_directories,
    tiff_tags,
)

DNG_VERSION, SUB_PICTURES, KIND_OF_PICTURE, PHOTOMETRIC = 50706, 330, 254, 262  # tags of a TIFF
SMALLER, SAMPLES = 1, (32803, 34892)  # values of the last two: a thumbnail; samples of a sensor
WIDTH, HEIGHT, ROWS_OF_STRIP, ORIENTATION, TILE_WIDTH, TILE_HEIGHT = 256, 257, 278, 274, 322, 323
ORIENTATIONS = range(1, 9)
TAGS_OF_CR3 = b"CMT1"  # the box of Canon's CR3 that holds a TIFF's first directory
BOXES = 2**16  # bytes of a CR3 within which it stands

LEAST_SIDE = 640  # pixels of the longer side; what is smaller is a thumbnail on every camera
LEAST_SHARE = 8  # the preview's longer side is at least so large a part of the raw picture's own

BLOCK = 2**20  # bytes looked through at a time
START = re.compile(rb"\xff\xd8\xff[\xc0-\xfe]")
MOST_STARTS, MOST_SEGMENTS = 2**16, 100  # that are looked at in a file, and in a JPEG before its size
FRAMES = (0xC0, 0xC1, 0xC2)  # segments that tell the size of a JPEG that Pillow reads
NO_SEGMENTS = (0x01, *range(0xD0, 0xDB))
NOT_READ = "a camera's raw picture is not read: export it as JPEG"


@dataclass(frozen=True)
class Preview:
    """A JPEG in a raw picture: its first byte, and its size in pixels as it is stored.

    ``orientation`` is the raw picture's, 1 to 8, as EXIF numbers it; None where it has none, and that of the
    JPEG counts.
    """

    start: int
    width: int
    height: int
    orientation: int | None = None


def is_raw(stream: BinaryIO) -> bool:
    """Whether a file is a camera's raw picture, told by its first bytes, or by a TIFF's first directory."""
    stream.seek(0)
    head = stream.read(HEAD)
    if RAW_START.match(head):
        return True
    if not head.startswith(TIFF_STARTS):
        return False
    try:
        tags = tiff_tags(stream)
    except RejectedPhoto:
        return False  # the decoder says what is wrong
    thumbnail = SUB_PICTURES in tags and tags.get(KIND_OF_PICTURE) == SMALLER
    return DNG_VERSION in tags or thumbnail or tags.get(PHOTOMETRIC) in SAMPLES


def raw_preview(stream: BinaryIO) -> Preview:
    """The largest JPEG in a raw picture.

    Raises:
        RejectedPhoto: `not_read` where there is none, or only a thumbnail: its longer side is below
            LEAST_SIDE pixels, or less than a LEAST_SHARE-th of the raw picture's own.
    """
    directories = _directories(stream)
    previews = [found for found in _jpegs(stream) if not _is_part(found, directories)]
    if not previews:
        raise RejectedPhoto("not_read", f"{NOT_READ} (there is no JPEG preview in it)")
    largest = max(previews, key=lambda found: found.width * found.height)
    whole = max((max(tags.get(WIDTH, 0), tags.get(HEIGHT, 0)) for tags in directories), default=0)
    side = max(largest.width, largest.height)
    if side < LEAST_SIDE or side * LEAST_SHARE < whole:
        size = f"{largest.width} x {largest.height}"
        raise RejectedPhoto("not_read", f"{NOT_READ} (its largest preview, {size} pixels, is a thumbnail)")
    orientation = directories[0].get(ORIENTATION) if directories else None
    told = orientation if orientation in ORIENTATIONS else None
    return Preview(largest.start, largest.width, largest.height, told)


def _directories(stream: BinaryIO) -> list[dict[int, int]]:
    """The tags of a raw picture's directories, the main one first; none where it has none."""
    stream.seek(0)
    head = stream.read(BOXES)
    box = head.find(TAGS_OF_CR3)
    try:
        if head.startswith((b"II", b"MM")):
            return tiff_directories(stream)
        return [tiff_tags(io.BytesIO(head[box + len(TAGS_OF_CR3) :]))] if box >= 0 else []
    except RejectedPhoto:
        return []  # cut off: the preview may be there


def _is_part(found: Preview, directories: list[dict[int, int]]) -> bool:
    """Whether a JPEG is one of the tiles or strips of a larger picture."""
    for tags in directories:
        whole = tags.get(WIDTH, 0), tags.get(HEIGHT, 0)
        tile = tags.get(TILE_WIDTH, whole[0]), tags.get(TILE_HEIGHT, whole[1])
        rows = tags.get(ROWS_OF_STRIP, whole[1])
        if (tile[0] < whole[0] or tile[1] < whole[1]) and (found.width, found.height) == tile:
            return True
        if rows < whole[1] and found.width == whole[0] and found.height <= rows:
            return True
    return False


def _jpegs(stream: BinaryIO) -> Iterator[Preview]:
    """Every JPEG in a file, those in others too."""
    at, tail, seen = 0, b"", 0
    while seen < MOST_STARTS:
        stream.seek(at)
        block = stream.read(BLOCK)
        if not block:
            return
        for match in START.finditer(held := tail + block):
            seen += 1
            start = at - len(tail) + match.start()
            if all(size := _jpeg_size(stream, start)):
                yield Preview(start, *size)
        at += len(block)
        tail = held[-3:]


def _jpeg_size(stream: BinaryIO, start: int) -> tuple[int, int]:
    """Width and height of the JPEG that starts there; 0, 0 where it is none that Pillow reads."""
    stream.seek(start + 2)
    for _ in range(MOST_SEGMENTS):
        head = stream.read(4)
        length = int.from_bytes(head[2:], "big")
        if len(head) < 4 or head[0] != 0xFF or head[1] in NO_SEGMENTS or length < 2:
            return 0, 0
        if head[1] in FRAMES:
            frame = stream.read(6)
            if len(frame) < 6 or frame[0] != 8:
                return 0, 0
            return int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
        stream.seek(length - 2, io.SEEK_CUR)
    return 0, 0
