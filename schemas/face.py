"""One aligned face: the names of its features, its geometry, and the face itself."""

from dataclasses import dataclass, field
from pathlib import Path

IMAGE_PATH = "image_path"
FACE_INDEX = "face_index"
BOX = "box"
SCORE = "score"
LANDMARKS = "landmarks"
LANDMARKS68 = "landmarks68"
SHARPNESS = "sharpness"
LABEL = "label"
CONTENT_HASH = "content_hash"
SPLIT_KEY = "split_key"
CHIP = "chip"

CHIP_SIZE = 192
# Pixel coordinates count centres: (0, 0) is the middle of the first pixel.
LEFT_EYE = (64.0, 0.36 * CHIP_SIZE)
RIGHT_EYE = (128.0, 0.36 * CHIP_SIZE)

FACE_SCHEMA_PATH = Path(__file__).with_name("face.pbtxt")

# Every feature of an example of a face.
FEATURES = (
    *(IMAGE_PATH, FACE_INDEX, BOX, SCORE, LANDMARKS, LANDMARKS68, SHARPNESS, LABEL, CONTENT_HASH, SPLIT_KEY),
    CHIP,
)

# What statistics are computed of: all but pictures and dense points, which are many and say nothing.
STATISTICS_FEATURES = tuple(name for name in FEATURES if name not in (CHIP, LANDMARKS68))


@dataclass(frozen=True)
class Face:
    """One aligned face.

    `box` is (left, top, width, height) in pixels of the upright photo; `landmarks` ten numbers
    (x, y of both eyes, nose and both corners of the mouth, left before right) in chip pixels, empty where the
    detector has none; `landmarks68` 136 numbers (x, y of each point in the order of 300-W) in chip pixels,
    empty where there are none;
    `score` in [0, 1]; `sharpness` the variance of the Laplacian of the grey chip; `label` empty when unknown;
    `chip` an encoded JPEG or PNG of CHIP_SIZE x CHIP_SIZE RGB.
    """

    image_path: str
    face_index: int
    box: tuple[float, ...]
    score: float
    sharpness: float
    content_hash: str
    split_key: str
    chip: bytes = field(repr=False)
    landmarks: tuple[float, ...] = ()
    label: str = ""
    landmarks68: tuple[float, ...] = ()
