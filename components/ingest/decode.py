"""Decodes the bytes of any image file to upright RGB, or rejects them with a reason."""

import io
import struct
import zlib

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM")
REASONS = (
    "empty",
    "not_an_image",
    "truncated",
    "corrupt",
    "too_large",
    "unreadable",
    "dangling_link",
    "link_loop",
    "not_a_file",
)
TIFF_STARTS = (b"II*\0", b"MM\0*")
IMAGE_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"RIFF", *TIFF_STARTS)


class RejectedPhoto(Exception):
    """A file that holds no usable picture; `reason` is one of REASONS, `detail` says more in words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


def decode(data: bytes, max_megapixels: float = 100.0) -> np.ndarray:
    """The first frame of an image file as upright RGB, uint8 [height, width, 3].

    EXIF orientation is applied; grey, 16-bit, CMYK and palette pictures become RGB; alpha is laid
    over white; 16-bit samples keep their upper 8 bits. The size is checked before any pixel is
    read.

    Raises:
        RejectedPhoto: with the reason. No other error is raised, whatever the bytes are.
    """
    if not data:
        raise RejectedPhoto("empty", "0 bytes")
    try:
        with _open(data) as image:
            _check_size(image.size, max_megapixels)
            return _pixels(image)
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


def _open(data: bytes) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # our own cap, on the header, takes its place
    Image.init()
    return Image.open(io.BytesIO(data), formats=FORMATS)


def _check_size(size: tuple[int, int], max_megapixels: float) -> None:
    width, height = size
    if width <= 0 or height <= 0:
        raise RejectedPhoto("corrupt", f"{width} x {height} pixels")
    if width * height > max_megapixels * 1e6:
        detail = f"{width} x {height} pixels, more than {max_megapixels:g} megapixels"
        raise RejectedPhoto("too_large", detail)


def _pixels(image: Image.Image) -> np.ndarray:
    image.load()  # turns a TIFF, and its tag is gone then
    rgb = _to_rgb(image).convert("RGB")
    rgb.info = {}  # Pillow writes all tags anew where it turns a picture, and fails at damaged ones
    rgb.getexif()[ExifTags.Base.Orientation] = image.getexif().get(ExifTags.Base.Orientation, 1)
    return np.ascontiguousarray(ImageOps.exif_transpose(rgb))


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_to_eight_bits(np.asarray(image)))
    if "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, rgba)
    return image


def _to_eight_bits(samples: np.ndarray) -> np.ndarray:
    samples = np.nan_to_num(samples.astype(np.float32), posinf=0.0, neginf=0.0)
    top = samples.max(initial=0.0)
    scale = 255.0 if top <= 1.0 else 1.0 if top <= 255.0 else 1.0 / 257.0
    return np.clip(samples * scale, 0, 255).astype(np.uint8)


def _decode_by_opencv(data: bytes, max_megapixels: float) -> np.ndarray:
    """Decodes TIFFs that Pillow has no mode for, such as 16-bit RGB."""
    if not data.startswith(IMAGE_STARTS):
        raise RejectedPhoto("not_an_image", "no known image format")
    if not data.startswith(TIFF_STARTS):
        raise RejectedPhoto("corrupt", "starts as an image, but its header can't be read")
    _check_size(_tiff_size(data), max_megapixels)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise RejectedPhoto("corrupt", str(error)) from error
    if pixels is None:
        raise RejectedPhoto("corrupt", "a TIFF that neither Pillow nor OpenCV reads")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _tiff_size(data: bytes) -> tuple[int, int]:
    """Width and height, read from a TIFF's first directory."""
    order = "<" if data[:2] == b"II" else ">"
    try:
        (start,) = struct.unpack_from(order + "I", data, 4)
        (count,) = struct.unpack_from(order + "H", data, start)
        found = {}
        for entry in range(count):
            tag, kind = struct.unpack_from(order + "HH", data, start + 2 + 12 * entry)
            if tag in (256, 257):
                form = order + ("H" if kind == 3 else "I")
                (found[tag],) = struct.unpack_from(form, data, start + 10 + 12 * entry)
        return found[256], found[257]
    except (struct.error, KeyError) as error:
        raise RejectedPhoto("truncated", "the TIFF's directory is cut off") from error
