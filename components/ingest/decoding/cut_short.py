"""Files whose end is missing, made whole, so that a decoder reads the rows that are there."""

import contextlib
import struct
import zlib

import numpy as np

from components.ingest.decoding.file_kinds import PNG_START, png_chunks

JPEG_START, JPEG_END = b"\xff\xd8", b"\xff\xd9"
HEAD_SIZE = 13
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG's kinds of colour


def made_whole(data: bytes) -> bytes:
    """A JPEG or PNG, which is cut short, with an end; b"" for any other file, or where no row is there.

    Where a JPEG ends its decoder goes on with the colour of the last block, and a PNG's rows are black.
    """
    if data.startswith(JPEG_START):
        return data + JPEG_END
    return _png(data) if data.startswith(PNG_START) else b""


def _png(data: bytes) -> bytes:
    chunks = [(name, data[start + 8 : end - 4]) for name, start, end in png_chunks(data) if end <= len(data)]
    head = chunks[0][1] if chunks and chunks[0][0] == b"IHDR" else b""
    if len(head) != HEAD_SIZE:
        return b""
    width, height, bits, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    row = 1 + -(-width * bits * CHANNELS.get(colour, 0) // 8)
    if interlaced or row == 1:
        return b""
    packed = [data[start + 8 : end - 4] for name, start, end in png_chunks(data) if name == b"IDAT"]
    unpack, rows = zlib.decompressobj(), bytearray()
    with contextlib.suppress(zlib.error):  # what came before it counts
        for part in packed:
            rows += unpack.decompress(part, row * height - len(rows)) if len(rows) < row * height else b""
    rows += bytes(row * height - len(rows))
    kept = [(name, part) for name, part in chunks if name not in (b"IDAT", b"IEND")]
    parts = [*kept, (b"IDAT", zlib.compress(bytes(rows), 1)), (b"IEND", b"")]
    return PNG_START + b"".join(_chunk(name, part) for name, part in parts)


def _chunk(name: bytes, part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))


def rows_there(pixels: np.ndarray) -> int:
    """How many rows of a picture (h, w, 3), from the top, lie above those that have its last one's colour."""
    there = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
    return int(there[-1]) + 1 if len(there) else 0
