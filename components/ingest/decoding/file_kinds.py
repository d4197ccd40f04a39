"""What a file is, told by its first bytes and its tags, before any pixel is read."""

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
RAW_START = re.compile(
    rb"II\*\0\x10\0\0\0CR|....ftypcrx |FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb|\0MRM", re.DOTALL
)  # of CR2, CR3, RAF, RW2, ORF, X3F and MRW; other raw pictures are TIFFs
# Pictures that are known and not read, by their first bytes.
NOT_READ = {
    re.compile(rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n", re.DOTALL): "JPEG XL is not read: export it as JPEG",
    re.compile(rb"8BPS"): "a Photoshop file is not read: export it as JPEG",
}
SUB_DIRECTORIES, SHORT = 330, 3  # a tag of a TIFF, and the kind of its numbers of 16 bits
MOST_DIRECTORIES = 16  # of a TIFF that are looked at
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
    if not IMAGE_START.match(head) and not RAW_START.match(head):
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


def tiff_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height, read from a TIFF's first directory."""
    tags = tiff_tags(stream)
    if not {256, 257} <= set(tags):
        raise RejectedPhoto("truncated", "the TIFF's directory has no size")
    return tags[256], tags[257]


def tiff_tags(stream: BinaryIO) -> dict[int, int]:
    """The first value, or the place of the values, of each tag in a TIFF's first directory."""
    return tiff_directories(stream, most=1)[0]


def tiff_directories(stream: BinaryIO, most: int = MOST_DIRECTORIES) -> list[dict[int, int]]:
    """The tags of a TIFF's directories and of those in them, as ``tiff_tags``, the first one first.

    Raises RejectedPhoto, `truncated`, where the first is cut off; of others that are, nothing is told.
    """

    def read(form: str, place: int) -> tuple[int, ...]:
        stream.seek(place)
        return struct.unpack(order + form, stream.read(struct.calcsize(order + form)))

    stream.seek(0)
    order = "<" if stream.read(2) == b"II" else ">"
    found: list[dict[int, int]] = []
    try:
        waiting = [*read("I", 4)]
        seen = {0, *waiting}
        while waiting and len(found) < most:
            start = waiting.pop(0)
            (count,) = read("H", start)
            tags: dict[int, int] = {}
            inner: tuple[int, ...] = ()
            for place in range(start + 2, start + 2 + 12 * count, 12):
                tag, kind, values = read("HHI", place)
                (tags[tag],) = read("H" if kind == SHORT else "I", place + 8)
                if tag == SUB_DIRECTORIES and most > 1:
                    inner = read(f"{min(values, most)}I", place + 8 if values == 1 else tags[tag])
            found.append(tags)
            more = [*inner, *read("I", start + 2 + 12 * count)] if most > 1 else []
            waiting += [one for one in more if one not in seen]
            seen.update(more)
    except struct.error as error:
        if not found:
            raise RejectedPhoto("truncated", "the TIFF's directory is cut off") from error
    return found
