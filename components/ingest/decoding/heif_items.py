"""The items of a HEIF, as HEIC and AVIF are (ISO/IEC 14496-12 and 23008-12): their kinds, and the EXIF.

libheif's reader for Python ends the whole process at items whose kind is no text. So they are looked at
before it is given a file.
"""

import struct
from collections.abc import Iterator

from components.ingest.decoding.file_kinds import RejectedPhoto

MOST_EXTENTS = 64  # of one item, in pieces
IN_THE_FILE = 0  # how an item is kept; others are within boxes, or made of items
Box = tuple[bytes, int, int]  # its name, and where its content starts and ends


def is_heif(data: bytes) -> bool:
    """Whether a file starts as an ISO media file, which HEIC and AVIF are."""
    return data[4:8] == b"ftyp"


def check_items(data: bytes) -> None:
    """Raises RejectedPhoto, ``corrupt``, for a HEIF with an item whose kind is not four ASCII letters."""
    for name, start, end in _boxes(data, 0, len(data)):
        if name == b"meta":
            for _, kind in _kinds(data, start + 4, end):
                if not (kind.isascii() and kind.decode("ascii").isprintable()):
                    raise RejectedPhoto("corrupt", f"a HEIF with an item of the kind {kind!r}")


def exif_of_heif(data: bytes) -> bytes:
    """The TIFF with the EXIF of a HEIF; b"" where it has none, or is damaged."""
    try:
        for name, start, end in _boxes(data, 0, len(data)):
            if name == b"meta":
                for item, kind in _kinds(data, start + 4, end):
                    if kind == b"Exif":
                        held = _content(data, start + 4, end, item)
                        return held[4 + int.from_bytes(held[:4], "big") :]
    except struct.error:  # it is cut off
        pass
    return b""


def _boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places of a file; the last one of a file that is cut ends with it."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1 and start + 16 <= end:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        after = min(start + size, end) if size else end
        if after < start + head:
            return
        yield name, start + head, after
        start = after


def _kinds(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Number and kind of each item that a ``meta`` box tells of."""
    for name, inside, after in _boxes(data, start, end):
        if name != b"iinf":
            continue
        entries = inside + (6 if data[inside : inside + 1] == b"\0" else 8)
        for entry, at, to in _boxes(data, entries, after):
            version = data[at] if at < to else 0
            form = {2: ">4xH2x4s", 3: ">4xI2x4s"}.get(version)
            if entry == b"infe" and form and at + struct.calcsize(form) <= to:
                yield struct.unpack_from(form, data, at)


def _content(data: bytes, start: int, end: int, wanted: int) -> bytes:
    """The bytes of an item, of which ``iloc`` tells the places; raises struct.error where that is cut off."""
    for name, at, after in _boxes(data, start, end):
        if name != b"iloc":
            continue
        table = _Numbers(data, at, after)
        version = table.read(1)
        table.read(3)
        sizes, more = table.read(1), table.read(1)
        sized = sizes >> 4, sizes & 15, more >> 4, more & 15 if version else 0
        for _ in range(table.read(4 if version > 1 else 2)):
            item = table.read(4 if version > 1 else 2)
            method = table.read(2) & 15 if version else IN_THE_FILE
            table.read(2)
            pieces = table.places(sized)
            if item == wanted and method == IN_THE_FILE:
                return b"".join(data[place : place + length] for place, length in pieces[:MOST_EXTENTS])
    return b""


class _Numbers:
    """Reads unsigned numbers of any length, one after the other."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    def read(self, length: int) -> int:
        """The number in the next ``length`` bytes; raises struct.error where there are fewer."""
        start, self._at = self._at, self._at + length
        if self._at > self._end:
            raise struct.error("a box is cut off")
        return int.from_bytes(self._data[start : self._at], "big")

    def places(self, sized: tuple[int, int, int, int]) -> list[tuple[int, int]]:
        """Start and length of each piece of an item; ``sized``: bytes of offset, length, base and index."""
        base = self.read(sized[2])
        pieces = []
        for _ in range(self.read(2)):
            self.read(sized[3])
            place, length = self.read(sized[0]), self.read(sized[1])
            pieces.append((base + place, length))
        return pieces
