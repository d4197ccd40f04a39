"""Pictures in rows and columns as one data URI."""

import base64
import io

import numpy as np
from PIL import Image

QUALITY = 88


def grid_uri(pictures: np.ndarray, side: int = 64, gap: int = 2) -> str:
    """Pictures uint8 (rows, columns, h, w[, 3]), each scaled to ``side`` pixels, as one JPEG data URI."""
    rows, columns = pictures.shape[:2]
    shape = (rows * (side + gap) - gap, columns * (side + gap) - gap, *pictures.shape[4:])
    sheet = np.full(shape, 255, np.uint8)
    for row in range(rows):
        for column in range(columns):
            y, x = row * (side + gap), column * (side + gap)
            picture = Image.fromarray(pictures[row, column]).resize((side, side))
            sheet[y : y + side, x : x + side] = np.asarray(picture)
    buffer = io.BytesIO()
    Image.fromarray(sheet).save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
