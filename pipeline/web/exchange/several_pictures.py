"""The places of further pictures in one JPEG file (CIPA DC-007, Multi-Picture Format), set right after bytes
moved.

Phones keep a gain map or a depth map behind the picture, and note how far behind; a longer XMP packet moves
it.
"""

import struct
from collections.abc import Sequence

from pipeline.web.exchange.jpeg_segments import APP2, Segment

HEADER = b"MPF\0"
ENTRIES = 0xB002  # the tag of the list of pictures
ENTRY = 16  # bytes: attributes, size, offset (4 each), two entries that it depends on


def places_set(segments: Sequence[Segment], before: Sequence[Segment]) -> list[Segment]:
    """The segments with the multi-picture list as it must be, after ``before`` was changed to ``segments``.

    The first picture's size grows with its segments; the others' places count from the list itself. A list
    that can't be read is left as it is.
    """
    old = next((i for i, one in enumerate(before) if _is_list(one)), None)
    new = next((i for i, one in enumerate(segments) if _is_list(one)), None)
    if old is None or new is None:
        return list(segments)
    grown = _length(segments) - _length(before)
    moved = _length(segments[new:]) - _length(before[old:])
    payload = _changed(segments[new].payload, grown, moved)
    if payload == segments[new].payload:
        return list(segments)
    raw = segments[new].raw[: -len(payload)] + payload
    return [*segments[:new], Segment(APP2, payload, raw), *segments[new + 1 :]]


def _is_list(one: Segment) -> bool:
    return one.marker == APP2 and one.payload.startswith(HEADER)


def _length(segments: Sequence[Segment]) -> int:
    return sum(len(one.raw) for one in segments)


def _changed(payload: bytes, grown: int, moved: int) -> bytes:
    body = bytearray(payload[len(HEADER) :])
    try:
        order = {b"II*\0": "<", b"MM\0*": ">"}[bytes(body[:4])]
        for at in _entries(body, order):
            size, offset = struct.unpack_from(order + "II", body, at + 4)
            # The first picture's place is 0: it begins the file.
            now = (size, offset + moved) if offset else (size + grown, 0)
            struct.pack_into(order + "II", body, at + 4, *now)
    except (KeyError, struct.error):
        return payload
    return HEADER + bytes(body)


def _entries(body: bytearray, order: str) -> range:
    """Where the entries of the list of pictures begin."""
    (directory,) = struct.unpack_from(order + "I", body, 4)
    (count,) = struct.unpack_from(order + "H", body, directory)
    for i in range(count):
        tag, _, length, at = struct.unpack_from(order + "HHII", body, directory + 2 + 12 * i)
        if tag == ENTRIES and at + length <= len(body):
            return range(at, at + length - length % ENTRY, ENTRY)
    return range(0)
