"""Small photos as bytes, each of its own content."""

import io

import numpy as np
from PIL import Image


def picture(number, side=40, kind="JPEG"):
    pixels = np.random.default_rng(number).integers(0, 255, (side, side, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind)
    return stream.getvalue()
