"""What a file is, told by its first bytes and its tags, before any pixel is read."""

import io
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

REASONS = (
    "empty",
    "not_an_image",
    "not_read",
    "truncated",
    "corrupt",
    "too_large",
    "unreadable",
    "dangling_link",
    "link_loop",
    "not_a_file",
    "left_out",
)
TIFF_STARTS = (b"II*\0", b"MM\0*")
HEAD = 16  # bytes that tell a format
IMAGE_START = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|BM|RIFF....WEBP|P[0-6fy]|II[*+]\0|MM\0[*+]|II\0\*|MM\*\0"
    rb"|....ftyp(hei[cxms]|hev[cxms]|mif1|msf1|avi[fs])|\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51",
    re.DOTALL,
)
RAW = "a camera's raw picture is not read: export it as JPEG"
# Pictures that are known and not read, by their first bytes.
NOT_READ = {
    re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", re.DOTALL): "JPEG XL is not read: export it as JPEG",
    re.compile(rb"8BPS"): "a Photoshop file is not read: export it as JPEG",
    re.compile(
        rb"II\*\0\x10\0\0\0CR|....ftypcrx |FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb|\0MRM", re.DOTALL
    ): RAW,
}
DNG_VERSION, SUB_PICTURES, KIND_OF_PICTURE = 50706, 330, 254  # tags of a TIFF
PNG_START = b"\x89PNG\r\n\x1a\n"
PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")


class RejectedPhoto(Exception):
    """A file that holds no usable picture; `reason` is one of REASONS, `detail` says more in words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def check_start(head: bytes) -> None:
    """Raises RejectedPhoto unless the first HEAD bytes of a file are those of a format that is read."""
    if not head:
        raise RejectedPhoto("empty", "0 bytes")
    for start, why in NOT_READ.items():
        if start.match(head):
            raise RejectedPhoto("not_read", why)
    if not IMAGE_START.match(head):
        raise RejectedPhoto("not_an_image", "no known image format")


def bare_png(data: bytes) -> bytes:
    """A PNG with nothing but what its pixels need; other files, and what follows a cut, stay as they are."""
    if not data.startswith(PNG_START):
        return data
    kept, at = [data[:8]], 8
    for name, start, end in png_chunks(data):
        if name in PIXEL_CHUNKS or end > len(data):
            kept.append(data[start:end])
        at = end
    return b"".join([*kept, data[at:]])


def png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk of a PNG; the last one of a file that is cut ends behind it."""
    at = 8
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], at, at + 12 + size
        at += 12 + size


def check_raw(data: bytes) -> None:
    """Raises RejectedPhoto for a raw picture that is written as a TIFF; its first one is a thumbnail."""
    if not data.startswith(TIFF_STARTS):
        return
    try:
        tags = tiff_tags(io.BytesIO(data))
    except RejectedPhoto:
        return  # the decoder says what is wrong
    if DNG_VERSION in tags or (SUB_PICTURES in tags and tags.get(KIND_OF_PICTURE) == 1):
        raise RejectedPhoto("not_read", RAW)


def tiff_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height, read from a TIFF's first directory."""
    tags = tiff_tags(stream)
    if not {256, 257} <= set(tags):
        raise RejectedPhoto("truncated", "the TIFF's directory has no size")
    return tags[256], tags[257]


def tiff_tags(stream: BinaryIO) -> dict[int, int]:
    """The first value, or the place of the values, of each tag in a TIFF's first directory."""

    def read(form: str, place: int) -> tuple[int, ...]:
        stream.seek(place)
        return struct.unpack(order + form, stream.read(struct.calcsize(order + form)))

    stream.seek(0)
    order = "<" if stream.read(2) == b"II" else ">"
    try:
        (start,) = read("I", 4)
        (count,) = read("H", start)
        found = {}
        for entry in range(count):
            tag, kind = read("HH", start + 2 + 12 * entry)
            (found[tag],) = read("H" if kind == 3 else "I", start + 10 + 12 * entry)
        return found
    except struct.error as error:
        raise RejectedPhoto("truncated", "the TIFF's directory is cut off") from error
