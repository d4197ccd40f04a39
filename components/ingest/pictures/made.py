"""What happens to one small picture: read, check, hash and encode; then its row and its example."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import cv2
import numpy as np

from components.ingest.decode import decode
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.pictures.arrays import pixels_of
from components.ingest.row import Row
from components.ingest.settings import SourceSettings
from components.ingest.sources import Photo, each_or_reason, read
from schemas.image_features import GREY, MOST_SIDE, RGB, Image


def picture(photo: Photo) -> np.ndarray:
    """The pixels of a row of an array, or of a file: uint8 (h, w), or (h, w, 3) if it is no grey one.

    Raises:
        RejectedPhoto: it can't be read, or is larger than MOST_SIDE.
    """
    if photo.reader:
        pixels = pixels_of(photo)
    else:
        pixels = decode(read(photo), MOST_SIDE**2 / 1e6)
        if max(pixels.shape[:2]) > MOST_SIDE:
            raise RejectedPhoto("too_large", f"{pixels.shape[1]} x {pixels.shape[0]}, more than {MOST_SIDE}")
    if pixels.ndim == 3 and (pixels == pixels[..., :1]).all():
        return pixels[..., 0]
    return pixels


def picture_hash(photo: Photo) -> str:
    """Hex SHA-256 of a picture's size and pixels; RejectedPhoto as ``picture``."""
    return hash_of(picture(photo))


def hash_of(pixels: np.ndarray) -> str:
    """Hex SHA-256 of the size and the pixels of a picture, uint8."""
    digest = hashlib.sha256(repr(pixels.shape).encode())
    digest.update(pixels.tobytes())
    return digest.hexdigest()


def picture_hashes(photos: Iterable[Photo], cache_dir: str = "") -> list[str | RejectedPhoto]:
    """``picture_hash`` of each, or why there is none; nothing is kept in ``cache_dir``."""
    return each_or_reason(picture_hash, photos)


def image_of(photo: Photo, digest: str, settings: SourceSettings) -> tuple[Row, Image]:
    """The row and the example of one picture with the hash ``digest``; RejectedPhoto as ``picture``."""
    pixels = picture(photo)
    height, width = pixels.shape[:2]
    row = Row(
        photo.path, "faces", n_faces=1, width=width, height=height, content_hash=digest, detector="none"
    )
    return row, Image(
        image_path=photo.path,
        height=height,
        width=width,
        channels=GREY if pixels.ndim == 2 else RGB,
        content_hash=digest,
        split_key=photo.label if settings.split_by == "label" and photo.label else digest,
        chip=png_of(pixels),
        label=photo.label,
    )


def png_of(pixels: np.ndarray) -> bytes:
    """A picture, uint8 (h, w) or (h, w, 3) RGB, as PNG."""
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", ordered)[1].tobytes()
