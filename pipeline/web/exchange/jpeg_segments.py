"""The segments before a JPEG's picture data, and the JPEG made of them again byte for byte.

ITU-T T.81 (JPEG), annex B.
"""

from collections.abc import Sequence
from dataclasses import dataclass

START = b"\xff\xd8"
SCAN, END, APP0, APP1, APP2 = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2
ALONE = {0x01, *range(0xD0, 0xD8)}  # markers without a length
LARGEST_PAYLOAD = 65_533  # bytes: the length of two bytes counts itself


@dataclass(frozen=True)
class Segment:
    """One segment: its marker, what it holds after the length, and all its bytes as they stand in the
    file."""

    marker: int
    payload: bytes
    raw: bytes


def split_jpeg(data: bytes) -> tuple[list[Segment], bytes]:
    """The segments of a JPEG before its first scan, and all bytes from the scan on (other pictures included).

    Raises:
        ValueError: no JPEG, or one that is cut off or damaged before its picture data.
    """
    if not data.startswith(START):
        raise damaged(f"{data[:2].hex(' ') or 'no byte'} at its beginning")
    segments: list[Segment] = []
    at = len(START)
    while True:
        begin = at
        while at + 1 < len(data) and data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1  # any number of FF may stand before a marker
        if at + 2 > len(data) or data[at] != 0xFF or data[at + 1] in (0x00, END):
            raise damaged(f"{data[at : at + 2].hex(' ') or 'its end'} at byte {at}")
        marker = data[at + 1]
        if marker == SCAN:
            return segments, data[begin:]
        at += 2
        length = 0 if marker in ALONE else int.from_bytes(data[at : at + 2], "big")
        if at + length > len(data) or (marker not in ALONE and length < 2):
            raise damaged(f"a segment of {length} bytes at byte {at}")
        segments.append(Segment(marker, data[at + 2 : at + length], data[begin : at + length]))
        at += length


def segment(marker: int, payload: bytes) -> Segment:
    """A new segment.

    Raises:
        ValueError: the payload is longer than ``LARGEST_PAYLOAD``.
    """
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(
            f"A segment of a JPEG is too long. Expected at most {LARGEST_PAYLOAD} bytes; "
            f"received {len(payload)}. Fix: split it."
        )
    raw = bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
    return Segment(marker, payload, raw)


def joined(segments: Sequence[Segment], scan: bytes) -> bytes:
    """The JPEG of these segments and of what follows them."""
    return START + b"".join(one.raw for one in segments) + scan


def damaged(what: str) -> ValueError:
    """The error for a file whose bytes are not those of a JPEG."""
    return ValueError(
        f"A file is no JPEG, or damaged. Expected JPEG segments up to the picture data; received {what}. "
        "Fix: leave it out, or write a sidecar beside it."
    )
