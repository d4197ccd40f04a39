"""Photos in all eight orientations, and ExifTool as the judge of what we write."""

import io
import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

# What makes the picture as stored of the upright one: what EXIF tells a reader to undo.
STORED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
DATA = Path(os.environ.get("FACEFOLD_DATA", Path(__file__).resolve().parents[4] / ".." / "shared" / "data"))
ORIENTATION, MAKER = 0x0112, 0x010F


def stored(upright, orientation):
    """The picture as a camera stores it; Pillow's own reading of EXIF proves that it is."""
    turn = STORED[orientation]
    picture = upright if turn is None else upright.transpose(turn)
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKER] = "facefold's test"
    picture.getexif().update(exif)
    assert np.array_equal(ImageOps.exif_transpose(picture), upright)
    return picture, exif


def jpeg(upright, orientation=1, quality=95):
    """The bytes of a JPEG with this EXIF orientation."""
    picture, exif = stored(upright, orientation)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, exif=exif, dpi=(72, 72))
    return file.getvalue()


@pytest.fixture
def make_jpeg():
    return jpeg


@pytest.fixture
def make_stored():
    return stored


@pytest.fixture(scope="session")
def upright():
    """A real photo, not square: one of the research photos, else the astronaut of scikit-image."""
    found = sorted((DATA / "celeba_wild").glob("*/*.jpg"))
    if found:
        photos = (Image.open(path).convert("RGB") for path in found)
        return next(photo for photo in photos if photo.width != photo.height)
    from skimage.data import astronaut

    return Image.fromarray(astronaut()).crop((0, 0, 511, 400))


@pytest.fixture(scope="session")
def exiftool():
    """Runs ExifTool and returns its answer."""
    command = shutil.which("exiftool")
    if command is None:
        pytest.skip("no exiftool to judge the XMP: Debian's libimage-exiftool-perl has it")

    def run(*arguments):
        done = subprocess.run([command, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="session")
def exiftool_json(exiftool):
    def read(path, *tags):
        (told,) = json.loads(exiftool("-j", "-struct", *tags, path))
        del told["SourceFile"]
        return told

    return read
