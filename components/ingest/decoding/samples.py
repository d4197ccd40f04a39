"""Samples of any depth, in any order of rows and columns, as upright RGB of 8 bits."""

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import ExifTags, Image

from components.ingest.decoding.file_kinds import RejectedPhoto

DEPTHS = (8, 10, 12, 14, 16)  # bits of a sample
BITS, PLANES, APART = 258, 284, 2  # tags of a TIFF whose colours lie one after the other

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


def orientation_of(image: Image.Image) -> int:
    """The EXIF orientation of a loaded picture that is still to be applied; 1 if it can't be read."""
    if image.format in TURNED_ALREADY:
        return 1
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged metadata is none, however a reader fails on it
        return 1


def empty_upright(width: int, height: int, orientation: object) -> tuple[np.ndarray, np.ndarray]:
    """An empty upright picture, uint8 RGB, and the view of it (height, width, 3) that takes a file's rows."""
    upright = np.empty((width, height, 3) if orientation in TURNED else (height, width, 3), np.uint8)
    return upright, order_of_file(upright, orientation)


def order_of_file(upright: np.ndarray, orientation: object) -> np.ndarray:
    """The view of an upright picture (h, w, 3) in its file's order of rows and columns."""
    turn = VIEWS.get(orientation)
    return turn(upright) if turn else upright


def turned(pixels: np.ndarray, orientation: object) -> np.ndarray:
    """A picture (h, w, 3) upright, whose rows and columns are in the order that the EXIF orientation says."""
    if orientation not in VIEWS:
        return pixels
    upright, rows = empty_upright(pixels.shape[1], pixels.shape[0], orientation)
    rows[:] = pixels
    return upright


def eight_bit_scale(top: float) -> float:
    """What brings samples up to ``top`` to 0 to 255.

    They are shares of 1, or numbers of 8, 10, 12, 14 or 16 bits: scanners write fewer than 16 into 16.
    """
    if top <= 1.0:
        return 255.0
    bits: int = next((bits for bits in DEPTHS if top < 2**bits), DEPTHS[-1])
    return 255.0 / float(2**bits - 1)


def has_deep_colours(data: bytes, image: Image.Image) -> bool:
    """Whether it has colours of more than 8 bits, of which Pillow keeps 8, also where only 12 are used."""
    if image.mode != "RGB":
        return False
    if image.format == "TIFF":
        return bool(max(getattr(image, "tag_v2", {}).get(BITS, (8,))) > 8)
    return image.format == "PNG" and data[24] == 16


def deep_colours(data: bytes, image: Image.Image) -> np.ndarray:
    """The upright RGB of a picture with colours of more than 8 bits."""
    if image.format == "TIFF":
        return deep_tiff(data, getattr(image, "tag_v2", {}).get(PLANES) == APART)
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION
    pixels = of_eight_bits(cv2.imdecode(np.frombuffer(data, np.uint8), flags))
    return turned(pixels, orientation_of(image))


def deep_tiff(data: bytes, planes: bool) -> np.ndarray:
    """The upright RGB of a TIFF by OpenCV; where its colours are planes, which that mixes up, by tifffile."""
    if planes:
        return _planes(data)
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    except cv2.error as error:
        raise RejectedPhoto("corrupt", str(error)) from error
    return of_eight_bits(pixels)


def _planes(data: bytes) -> np.ndarray:
    """The upright RGB of a TIFF whose first page has its colours one after the other."""
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        page = tiff.pages.first
        tag = page.tags.get(ExifTags.Base.Orientation)
        orientation = tag.value if tag else 1
        planes = page.asarray()
    pixels = np.ascontiguousarray(planes[[2, 1, 0] if len(planes) > 2 else [0, 0, 0]].transpose(1, 2, 0))
    return turned(of_eight_bits(pixels), orientation)


def of_eight_bits(pixels: np.ndarray | None) -> np.ndarray:
    """OpenCV's BGR picture of any depth as RGB, uint8."""
    if pixels is None:
        raise RejectedPhoto("corrupt", "a picture that neither Pillow nor OpenCV reads")
    if pixels.dtype != np.uint8:
        finite = np.nan_to_num(pixels, posinf=0.0, neginf=0.0)
        pixels = cv2.convertScaleAbs(finite, alpha=eight_bit_scale(float(finite.max(initial=0))))
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)
