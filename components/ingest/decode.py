"""Decodes the bytes of any image file to upright RGB, or rejects them with a reason."""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pi_heif
from PIL import Image, UnidentifiedImageError

from components.ingest.decoding.cut_short import made_whole, rows_there
from components.ingest.decoding.file_kinds import (
    HEAD,
    TIFF_STARTS,
    RejectedPhoto,
    bare_png,
    check_start,
    tiff_size,
    tiff_tags,
)
from components.ingest.decoding.heif_items import check_items, is_heif
from components.ingest.decoding.raw import is_raw, raw_preview
from components.ingest.decoding.samples import (
    APART,
    PLANES,
    deep_colours,
    deep_tiff,
    eight_bit_scale,
    empty_upright,
    has_deep_colours,
    order_of_file,
    orientation_of,
    turned,
)
from components.ingest.settings import MAX_MEGAPIXELS

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM", "HEIF", "AVIF", "JPEG2000")
PHOTOMETRIC, MIN_IS_WHITE = 262, 0  # of a TIFF; Pillow turns only pictures of 8 bits
# What decoding takes for each pixel at most, besides the file: Pillow's picture 4, the array 3, and what the
# format's own decoder holds meanwhile, which is most for WebP (two pictures, and the bytes of one).
BYTES_A_PIXEL = 16
FILE_BYTES_A_PIXEL = 8  # of the largest samples, four of 16 bits, not compressed
ROOM_FOR_TAGS = 2**24  # bytes of a file besides its pixels: tags, profiles, previews
STRIP = 2**18  # pixels that are turned into RGB at a time, each in up to 20 bytes
PAGES = 10  # of a file that are looked through for one that is not blank


@dataclass(frozen=True)
class Picture:
    """Upright RGB, uint8 (h, w, 3), and, where it is not the whole file, in words which part."""

    pixels: np.ndarray
    note: str = ""


def needed_bytes(stream: BinaryIO, max_megapixels: float = MAX_MEGAPIXELS) -> int:
    """At most so many bytes are needed to decode an image file, told by its length and its header.

    Of the file only the header is read, of a camera's raw picture all, a block at a time. One that can't be
    read counts as a picture without pixels: `decode` says why.

    Raises:
        RejectedPhoto: `too_large`, `empty`, `not_an_image` or `not_read`.
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
    """Width and height in a file's header, or of what is read of it; 0, 0 if it can't be read."""
    if is_raw(stream):
        preview = raw_preview(stream)
        return preview.width, preview.height
    stream.seek(0)
    try:
        with open_picture(stream) as image:
            return image.size
    except UnidentifiedImageError:
        pass
    except Exception:  # `decode` tells it in words
        return 0, 0
    try:
        return tiff_size(stream)
    except RejectedPhoto:
        return 0, 0


def decode(data: bytes, max_megapixels: float = MAX_MEGAPIXELS) -> np.ndarray:
    """The pixels of ``read_picture``: uint8 RGB (h, w, 3)."""
    return read_picture(data, max_megapixels).pixels


def read_picture(data: bytes, max_megapixels: float = MAX_MEGAPIXELS) -> Picture:
    """The first frame of an image file that is not blank; of a camera's raw picture its largest preview.

    EXIF orientation is applied; grey, 16-bit, CMYK and palette pictures become RGB; alpha is laid
    over white; 16-bit samples keep their upper 8 bits. The size is checked before any pixel is
    read. Metadata that can't be read is none: the pixels count.

    Raises:
        RejectedPhoto: with the reason. No other error is raised, whatever the bytes are.
    """
    try:
        check_start(data[:HEAD])
        if is_raw(io.BytesIO(data)):
            return _read_raw(data, max_megapixels)
        return _read_by_pillow(data, max_megapixels)
    except RejectedPhoto:
        raise
    except UnidentifiedImageError:
        return Picture(_decode_by_opencv(data, max_megapixels))
    except (EOFError, IndexError, struct.error) as error:
        raise RejectedPhoto("truncated", str(error)) from error
    except (OSError, SyntaxError, ValueError, zlib.error) as error:
        reason = "truncated" if "truncat" in str(error).lower() else "corrupt"
        raise RejectedPhoto(reason, str(error)) from error
    except Exception as error:  # a decoder's bug on hostile bytes must not stop a run
        raise RejectedPhoto("corrupt", f"{type(error).__name__}: {error}") from error


def read_cut_short(data: bytes, max_megapixels: float = MAX_MEGAPIXELS) -> Picture | None:
    """The rows that are there of a JPEG or PNG whose end is missing; None if there are none."""
    try:
        with open_picture(io.BytesIO(data)) as image:
            _check_size(image.size, max_megapixels)
            orientation = orientation_of(image)
        pixels = order_of_file(_read_by_pillow(made_whole(data), max_megapixels).pixels, orientation)
    except Exception:  # `read_picture` has said what is wrong with it
        return None
    rows = rows_there(pixels)
    if not rows:
        return None
    return Picture(turned(pixels[:rows], orientation), f"cut short: read to row {rows} of {len(pixels)}")


def stored_orientation(data: bytes) -> int:
    """How a picture's file says that it is turned, 1 to 8 as in EXIF; 1 where it says nothing."""
    try:
        if is_raw(io.BytesIO(data)):
            return raw_preview(io.BytesIO(data)).orientation or 1
        with open_picture(io.BytesIO(data)) as image:
            return orientation_of(image)
    except Exception:  # `read_picture` has said what is wrong with it
        return 1


def _read_raw(data: bytes, max_megapixels: float) -> Picture:
    """The preview in a raw picture, turned as that says."""
    preview = raw_preview(io.BytesIO(data))
    with open_picture(io.BytesIO(data[preview.start :])) as image:
        _check_size(image.size, max_megapixels)
        pixels = _pixels(image, preview.orientation)
    return Picture(pixels, f"raw: its preview of {pixels.shape[1]} x {pixels.shape[0]}")


def _read_by_pillow(data: bytes, max_megapixels: float) -> Picture:
    """Decodes what Pillow reads; a PNG whose text, profile or EXIF it refuses, without these."""
    try:
        with open_picture(io.BytesIO(data)) as image:
            _check_size(image.size, max_megapixels)
            note = to_first_page(image, max_megapixels)
            pixels = deep_colours(data, image) if has_deep_colours(data, image) else _pixels(image)
            return Picture(pixels, note)
    except (OSError, SyntaxError, ValueError, zlib.error, struct.error):
        bare = bare_png(data)
        if len(bare) == len(data):
            raise
    with open_picture(io.BytesIO(bare)) as image:
        _check_size(image.size, max_megapixels)
        return Picture(_pixels(image))


def to_first_page(image: Image.Image, max_megapixels: float) -> str:
    """Goes to the first page or frame that is not of one colour, of the first ten; says which of several.

    Raises RejectedPhoto for a page that is too large, before its pixels are read.
    """
    pages = getattr(image, "n_frames", 1)
    if pages == 1:
        return ""
    for page in range(min(pages, PAGES)):
        image.seek(page)
        _check_size(image.size, max_megapixels)
        bands = image.getextrema()
        if any(high > low for low, high in (bands if isinstance(bands[0], tuple) else (bands,))):
            return f"page: {page + 1} of {pages}"
    image.seek(0)
    return f"page: 1 of {pages}"


def open_picture(stream: BinaryIO) -> Image.Image:
    """Opens a file of one of ``FORMATS`` by its header; raises what Pillow does, or RejectedPhoto."""
    stream.seek(0)
    if is_heif(stream.read(HEAD)):
        stream.seek(0)
        check_items(stream.read())
    stream.seek(0)
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


def _pixels(image: Image.Image, orientation: int | None = None) -> np.ndarray:
    """The upright RGB of a picture, which is turned and converted in strips, so that it is held only once.

    It is turned by ``orientation``, or by its own where that is None.
    """
    image.load()
    upright, rows = empty_upright(*image.size, orientation or orientation_of(image))
    deep = image.mode.startswith("I") or image.mode == "F"
    scale = eight_bit_scale(_top(image)) if deep else 1.0
    for top, strip in _strips(image):
        rows[top : top + strip.height] = _eight_bits(strip, scale) if deep else _rgb(strip)
    if deep and getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == MIN_IS_WHITE:
        np.subtract(255, upright, out=upright)
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


def _eight_bits(image: Image.Image, scale: float) -> np.ndarray:
    return np.clip(_finite(image) * scale, 0, 255).astype(np.uint8)[:, :, np.newaxis]


def _decode_by_opencv(data: bytes, max_megapixels: float) -> np.ndarray:
    """Decodes TIFFs that Pillow has no mode for, such as 16-bit RGB."""
    if not data.startswith(TIFF_STARTS):
        raise RejectedPhoto("corrupt", "starts as an image, but its header can't be read")
    _check_size(tiff_size(io.BytesIO(data)), max_megapixels)
    return deep_tiff(data, tiff_tags(io.BytesIO(data)).get(PLANES) == APART)
