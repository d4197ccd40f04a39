"""Duplicates made from photos: each of six kinds in the forms that people's collections have."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

QUALITY = 92  # of a JPEG that is written again
TURN = Image.Transpose
SHOWN_BY_EXIF = {3: TURN.ROTATE_180, 6: TURN.ROTATE_90, 8: TURN.ROTATE_270}
ORIENTATION = 0x0112  # the EXIF tag


def exact(picture: Image.Image, data: bytes, number: int, rng: np.random.Generator) -> tuple[str, bytes]:
    """The same pixels: PNG, lossless WebP, a PNG that EXIF turns, or the same file, in turn."""
    kind = number % 4
    if kind == 3:
        return ".jpg", data
    stored, exif = turned(picture, rng) if kind == 2 else (picture, Image.Exif())
    form, ending = (("PNG", ".png"), ("WEBP", ".webp"), ("PNG", ".png"))[kind]
    return ending, saved(stored, form, exif, lossless=True)


def flipped(picture: Image.Image, data: bytes, number: int, rng: np.random.Generator) -> tuple[str, bytes]:
    """The mirror image."""
    return ".jpg", jpeg(ImageOps.mirror(picture))


def recompressed(
    picture: Image.Image, data: bytes, number: int, rng: np.random.Generator
) -> tuple[str, bytes]:
    """JPEG of quality 40; every second one lies turned in its file, and EXIF turns it back."""
    stored, exif = turned(picture, rng) if number % 2 else (picture, Image.Exif())
    return ".jpg", saved(stored, "JPEG", exif, quality=40)


def halved(picture: Image.Image, data: bytes, number: int, rng: np.random.Generator) -> tuple[str, bytes]:
    """Half as wide and half as high."""
    width, height = picture.size
    return ".jpg", jpeg(picture.resize((width // 2, height // 2), Image.Resampling.LANCZOS))


def cropped(picture: Image.Image, data: bytes, number: int, rng: np.random.Generator) -> tuple[str, bytes]:
    """Nine tenths of either side, from any place."""
    width, height = (round(0.9 * side) for side in picture.size)
    left = int(rng.integers(0, picture.width - width + 1))
    top = int(rng.integers(0, picture.height - height + 1))
    return ".jpg", jpeg(picture.crop((left, top, left + width, top + height)))


def tinted(picture: Image.Image, data: bytes, number: int, rng: np.random.Generator) -> tuple[str, bytes]:
    """A gain of 0.75 to 1.2 and an offset of -20 to 20 levels for each channel."""
    gains, offsets = rng.uniform(0.75, 1.2, 3), rng.uniform(-20, 20, 3)
    levels = np.asarray(picture, np.float64) * gains + offsets
    return ".jpg", jpeg(Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8)))


Maker = Callable[[Image.Image, bytes, int, np.random.Generator], tuple[str, bytes]]
MAKERS: dict[str, Maker] = {
    "exact": exact,
    "flipped": flipped,
    "re-compressed": recompressed,
    "resized": halved,
    "cropped": cropped,
    "tinted": tinted,
}


def turned(picture: Image.Image, rng: np.random.Generator) -> tuple[Image.Image, Image.Exif]:
    """The picture as it lies in a file of a camera that was held otherwise, and the EXIF that says so."""
    orientation = int(rng.choice(list(SHOWN_BY_EXIF)))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return picture.transpose(SHOWN_BY_EXIF[orientation]), exif


def jpeg(picture: Image.Image) -> bytes:
    """The picture as a JPEG file."""
    return saved(picture, "JPEG", Image.Exif(), quality=QUALITY)


def saved(picture: Image.Image, form: str, exif: Image.Exif, **options: object) -> bytes:
    """The picture as a file; ``options`` are Pillow's for that form."""
    stream = io.BytesIO()
    picture.save(stream, form, exif=exif, **options)
    return stream.getvalue()


def plant(photos: dict[str, Path], folder: Path, count: int, seed: int) -> dict[tuple[str, str], str]:
    """Makes a duplicate of each kind of ``count`` of the ``photos`` {path: file} below ``folder``.

    Those of every second photo lie under another name than it. Returns {(original's path, new path): kind}.
    """
    rng = np.random.default_rng(seed)
    names = sorted({path.partition("/")[0] for path in photos})
    planted = {}
    for number, path in enumerate(rng.choice(sorted(photos), count, replace=False).tolist()):
        data = photos[path].read_bytes()
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        own = path.partition("/")[0]
        other = str(rng.choice([name for name in names if name != own]))
        name = other if number % 2 else own
        (folder / name).mkdir(parents=True, exist_ok=True)
        for kind, maker in MAKERS.items():
            ending, made = maker(picture, data, number, rng)
            new = f"{name}/planted-{number:03d}-{kind}{ending}"
            (folder / new).write_bytes(made)
            planted[path, new] = kind
    return planted
