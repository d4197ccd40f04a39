"""PNGs that declare a size and hold nothing, written without the libraries under test."""

import struct
import zlib


def header_of_png(width, height):
    """The bytes of a PNG of ``width`` times ``height`` RGB pixels, whose data is empty."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", size), chunk(b"IDAT", zlib.compress(b"")), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
