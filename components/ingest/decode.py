"""Decodes the bytes of any image file to upright RGB, or rejects them with a reason."""

import io
import os
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

import cv2
import numpy as np
import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from components.ingest.settings import MAX_MEGAPIXELS

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "HEIF", "AVIF", "JPEG2000")
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
DEPTHS = (8, 10, 12, 14, 16)  # bits of a sample
PHOTOMETRIC, MIN_IS_WHITE = 262, 0  # of a TIFF; Pillow turns only pictures of 8 bits
BITS, PLANES, APART = 258, 284, 2  # of a TIFF whose colours lie one after the other
DNG_VERSION, SUB_PICTURES, KIND_OF_PICTURE = 50706, 330, 254  # tags of a TIFF
# What decoding takes for each pixel at most, besides the file: Pillow's picture 4, the array 3, and what the
# format's own decoder holds meanwhile, which is most for WebP (two pictures, and the bytes of one).
BYTES_A_PIXEL = 16
FILE_BYTES_A_PIXEL = 8  # of the largest samples, four of 16 bits, not compressed
ROOM_FOR_TAGS = 2**24  # bytes of a file besides its pixels: tags, profiles, previews
STRIP = 2**18  # pixels that are turned into RGB at a time, each in up to 20 bytes

# From the upright array to a view of it in the file's order of rows and columns, by the EXIF orientation.
VIEWS: dict[object, Callable[[np.ndarray], np.ndarray]] = {
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
TURNED = (5, 6, 7, 8)  # orientations that swap width and height
TURNED_ALREADY = ("TIFF", "HEIF")  # as they are loaded, whatever their tag says then
PAGES = 10  # of a file that are looked through for one that is not blank
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


def needed_bytes(stream: BinaryIO, max_megapixels: float = MAX_MEGAPIXELS) -> int:
    """At most so many bytes are needed to decode an image file, told by its length and its header.

    Of the file only the header is read. One that can't be read counts as a picture without pixels: `decode`
    says why.

    Raises:
        RejectedPhoto: `too_large`, `empty` or `not_an_image`.
    """
    check_start(stream.read(HEAD))
    length = stream.seek(0, os.SEEK_END)
    most = int(max_megapixels * 1e6) * FILE_BYTES_A_PIXEL + ROOM_FOR_TAGS
    if length > most:
        detail = f"{length:,} bytes, more than {most:,}, which {max_megapixels:g} megapixels can take"
        raise RejectedPhoto("too_large", detail)
    width, height = _header_size(stream)
    if width * height > 0:
        _check_size((width, height), max_megapixels)
    return length + width * height * BYTES_A_PIXEL


def _header_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height in a file's header; 0, 0 if it can't be read."""
    stream.seek(0)
    try:
        with _open(stream) as image:
            return image.size
    except UnidentifiedImageError:
        pass
    except Exception:  # `decode` tells it in words
        return 0, 0
    try:
        return _tiff_size(stream)
    except RejectedPhoto:
        return 0, 0


def decode(data: bytes, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """The first frame of an image file that is not blank, as upright RGB, uint8 [height, width, 3].

    EXIF orientation is applied; grey, 16-bit, CMYK and palette pictures become RGB; alpha is laid
    over white; 16-bit samples keep their upper 8 bits. The size is checked before any pixel is
    read. Metadata that can't be read is none: the pixels count.

    Raises:
        RejectedPhoto: with the reason. No other error is raised, whatever the bytes are.
    """
    try:
        check_start(data[:HEAD])
        check_raw(data)
        return _decode_by_pillow(data, max_megapixels)
    except RejectedPhoto:
        raise
    except UnidentifiedImageError:
        return _decode_by_opencv(data, max_megapixels)
    except (EOFError, IndexError, struct.error) as error:
        raise RejectedPhoto("truncated", str(error)) from error
    except (OSError, SyntaxError, ValueError, zlib.error) as error:
        reason = "truncated" if "truncat" in str(error).lower() else "corrupt"
        raise RejectedPhoto(reason, str(error)) from error
    except Exception as error:  # a decoder's bug on hostile bytes must not stop a run
        raise RejectedPhoto("corrupt", f"{type(error).__name__}: {error}") from error


def _decode_by_pillow(data: bytes, max_megapixels: float) -> np.ndarray:
    """Decodes what Pillow reads; a PNG whose text, profile or EXIF it refuses, without these."""
    try:
        with _open(io.BytesIO(data)) as image:
            _check_size(image.size, max_megapixels)
            to_first_page(image, max_megapixels)
            return _deep_colours(data, image) if has_deep_colours(data, image) else _pixels(image)
    except (OSError, SyntaxError, ValueError, zlib.error, struct.error):
        bare = bare_png(data)
        if len(bare) == len(data):
            raise
    with _open(io.BytesIO(bare)) as image:
        _check_size(image.size, max_megapixels)
        return _pixels(image)


def to_first_page(image: Image.Image, max_megapixels: float) -> None:
    """Goes to the first page or frame that is not of one colour, of the first ten; or else stays.

    Raises RejectedPhoto for a page that is too large, before its pixels are read.
    """
    pages = min(getattr(image, "n_frames", 1), PAGES)
    for page in range(pages if pages > 1 else 0):
        image.seek(page)
        _check_size(image.size, max_megapixels)
        bands = image.getextrema()
        if any(high > low for low, high in (bands if isinstance(bands[0], tuple) else (bands,))):
            return
    if pages > 1:
        image.seek(0)


def bare_png(data: bytes) -> bytes:
    """A PNG with nothing but what its pixels need; other files, and what follows a cut, stay as they are."""
    if not data.startswith(PNG_START):
        return data
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        (size,) = struct.unpack(">I", data[at : at + 4])
        end = at + 12 + size
        if data[at + 4 : at + 8] in PIXEL_CHUNKS or end > len(data):
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, data[at:]])


def check_raw(data: bytes) -> None:
    """Raises RejectedPhoto for a raw picture that is written as a TIFF; its first one is a thumbnail."""
    if not data.startswith(TIFF_STARTS):
        return
    try:
        tags = _tiff_tags(io.BytesIO(data))
    except RejectedPhoto:
        return  # the decoder says what is wrong
    if DNG_VERSION in tags or (SUB_PICTURES in tags and tags.get(KIND_OF_PICTURE) == 1):
        raise RejectedPhoto("not_read", RAW)


def _open(stream: BinaryIO) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our own cap, on the header, takes its place
    Image.init()
    if "HEIF" not in Image.OPEN:
        pi_heif.register_heif_opener(thumbnails=False)
    return Image.open(stream, formats=FORMATS)


def _check_size(size: tuple[int, int], max_megapixels: float) -> None:
    width, height = size
    if width <= 0 or height <= 0:
        raise RejectedPhoto("corrupt", f"{width} x {height} pixels")
    if width * height > max_megapixels * 1e6:
        detail = f"{width} x {height} pixels, more than {max_megapixels:g} megapixels"
        raise RejectedPhoto("too_large", detail)


def _pixels(image: Image.Image) -> np.ndarray:
    """The upright RGB of a picture, which is turned and converted in strips, so that it is held only once."""
    image.load()
    orientation = _orientation(image)
    width, height = image.size
    upright = np.empty((width, height, 3) if orientation in TURNED else (height, width, 3), np.uint8)
    turn = VIEWS.get(orientation)
    target = turn(upright) if turn else upright
    deep = image.mode.startswith("I") or image.mode == "F"
    scale = eight_bit_scale(_top(image)) if deep else 1.0
    for top, strip in _strips(image):
        target[top : top + strip.height] = _eight_bits(strip, scale) if deep else _rgb(strip)
    if deep and getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == MIN_IS_WHITE:
        np.subtract(255, upright, out=upright)
    return upright


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation of a loaded picture that is still to be applied; 1 if it can't be read."""
    if image.format in TURNED_ALREADY:
        return 1
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged metadata is none, however a reader fails on it
        return 1


def has_deep_colours(data: bytes, image: Image.Image) -> bool:
    """Whether it has colours of more than 8 bits, of which Pillow keeps 8, also where only 12 are used."""
    if image.mode != "RGB":
        return False
    if image.format == "TIFF":
        return bool(max(getattr(image, "tag_v2", {}).get(BITS, (8,))) > 8)
    return image.format == "PNG" and data[24] == 16


def _deep_colours(data: bytes, image: Image.Image) -> np.ndarray:
    """The upright RGB of a picture with colours of more than 8 bits."""
    if image.format == "TIFF":
        return _deep_tiff(data, getattr(image, "tag_v2", {}).get(PLANES) == APART)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = _of_eight_bits(cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    return turned(pixels, _orientation(image))


def turned(pixels: np.ndarray, orientation: object) -> np.ndarray:
    """A picture (h, w, 3) upright, whose rows and columns are in the order that the EXIF orientation says."""
    turn, (height, width) = VIEWS.get(orientation), pixels.shape[:2]
    if turn is None:
        return pixels
    upright = np.empty((width, height, 3) if orientation in TURNED else (height, width, 3), np.uint8)
    turn(upright)[:] = pixels
    return upright


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The picture in strips of whole rows from top to bottom, each with its first row."""
    rows = max(1, STRIP // image.width)
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _rgb(image: Image.Image) -> np.ndarray:
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, rgba)
    return np.asarray(image.convert("RGB"))


def _finite(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0.0, neginf=0.0)


def _top(image: Image.Image) -> float:
    """The largest of a deep picture's samples."""
    return max((float(_finite(strip).max(initial=0.0)) for _, strip in _strips(image)), default=0.0)


def eight_bit_scale(top: float) -> float:
    """What brings samples up to ``top`` to 0 to 255.

    They are shares of 1, or numbers of 8, 10, 12, 14 or 16 bits: scanners write fewer than 16 into 16.
    """
    if top <= 1.0:
        return 255.0
    bits: int = next((bits for bits in DEPTHS if top < 2**bits), DEPTHS[-1])
    return 255.0 / float(2**bits - 1)


def _eight_bits(image: Image.Image, scale: float) -> np.ndarray:
    return np.clip(_finite(image) * scale, 0, 255).astype(np.uint8)[:, :, np.newaxis]


def _decode_by_opencv(data: bytes, max_megapixels: float) -> np.ndarray:
    """Decodes TIFFs that Pillow has no mode for, such as 16-bit RGB."""
    if not data.startswith(TIFF_STARTS):
        raise RejectedPhoto("corrupt", "starts as an image, but its header can't be read")
    _check_size(_tiff_size(io.BytesIO(data)), max_megapixels)
    return _deep_tiff(data, _tiff_tags(io.BytesIO(data)).get(PLANES) == APART)


def _deep_tiff(data: bytes, planes: bool) -> np.ndarray:
    """The upright RGB of a TIFF by OpenCV; where its colours are planes, which that mixes up, by tifffile."""
    if planes:
        return _planes(data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        raise RejectedPhoto("corrupt", str(error)) from error
    return _of_eight_bits(pixels)


def _planes(data: bytes) -> np.ndarray:
    """The upright RGB of a TIFF whose first page has its colours one after the other."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        tag = page.tags.get(ExifTags.Base.Orientation)
        orientation = tag.value if tag else 1
        planes = page.asarray()
    pixels = np.ascontiguousarray(planes[[2, 1, 0] if len(planes) > 2 else [0, 0, 0]].transpose(1, 2, 0))
    return turned(_of_eight_bits(pixels), orientation)


def _of_eight_bits(pixels: np.ndarray | None) -> np.ndarray:
    """OpenCV's BGR picture of any depth as RGB, uint8."""
    if pixels is None:
        raise RejectedPhoto("corrupt", "a picture that neither Pillow nor OpenCV reads")
    if pixels.dtype != np.uint8:
        finite = np.nan_to_num(pixels, posinf=0.0, neginf=0.0)
        pixels = cv2.convertScaleAbs(finite, alpha=eight_bit_scale(float(finite.max(initial=0))))
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)


def _tiff_size(stream: BinaryIO) -> tuple[int, int]:
    """Width and height, read from a TIFF's first directory."""
    tags = _tiff_tags(stream)
    if not {256, 257} <= set(tags):
        raise RejectedPhoto("truncated", "the TIFF's directory has no size")
    return tags[256], tags[257]


def _tiff_tags(stream: BinaryIO) -> dict[int, int]:
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
