"""One aligned face: the names of its features, its geometry, and the class that holds it."""

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

LANDMARK_NAMES = ("left_eye", "right_eye", "nose", "left_mouth", "right_mouth")
CHIP_SIZE = 192
EYE_DISTANCE = 64.0
# Pixel coordinates refer to centres: (0, 0) is the middle of the first pixel.
LEFT_EYE = (64.0, 0.36 * CHIP_SIZE)
RIGHT_EYE = (128.0, 0.36 * CHIP_SIZE)

FACE_SCHEMA_PATH = Path(__file__).with_name("face.pbtxt")

# Every feature of an example of a face, and those that an example may lack.
FEATURES = (
    *(IMAGE_PATH, FACE_INDEX, BOX, SCORE, LANDMARKS, LANDMARKS68, SHARPNESS, LABEL, CONTENT_HASH, SPLIT_KEY),
    CHIP,
)
OPTIONAL = (LANDMARKS, LANDMARKS68, LABEL)

# Statistics are computed of these: all but pictures and dense points, of which statistics say nothing.
STATISTICS_FEATURES = tuple(name for name in FEATURES if name not in (CHIP, LANDMARKS68))


@dataclass(frozen=True)
class Face:
    """One aligned face.

    `box` is (left, top, width, height) in pixels of the upright photo. `landmarks` are ten numbers (x, y of
    each of LANDMARK_NAMES) in chip pixels, empty if the detector gives none. `landmarks68` are 136 numbers
    (x, y of each point in the order of 300-W) in chip pixels, empty if there are none. `score` is in [0, 1].
    `sharpness` is the variance of the Laplacian of the grey chip. `label` is empty if it is unknown. `chip`
    is an encoded JPEG or PNG of CHIP_SIZE x CHIP_SIZE RGB.
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
