"""One aligned face: the names of its features, its geometry, and the class that holds it."""

import math
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
# Pixel coordinates refer to centres: (0, 0) is the middle of the first pixel.
LEFT_EYE = (64.0, 0.36 * CHIP_SIZE)
RIGHT_EYE = (128.0, 0.36 * CHIP_SIZE)

FACE_SCHEMA_PATH = Path(__file__).with_name("face.pbtxt")

# Every feature of an example of a face.
FEATURES = (
    *(IMAGE_PATH, FACE_INDEX, BOX, SCORE, LANDMARKS, LANDMARKS68, SHARPNESS, LABEL, CONTENT_HASH, SPLIT_KEY),
    CHIP,
)

# Statistics are computed of these: all but pictures and dense points, of which statistics say nothing.
STATISTICS_FEATURES = tuple(name for name in FEATURES if name not in (CHIP, LANDMARKS68))


@dataclass(frozen=True)
class Face:
    """One aligned face, from the detector to the report; what a step does not know yet is empty.

    `box` is (left, top, width, height) in pixels of the upright photo; `score` in [0, 1]; `sharpness` the
    variance of the Laplacian of the grey chip; `chip` an encoded JPEG or PNG of CHIP_SIZE x CHIP_SIZE RGB.
    In chip pixels, empty where there are none: `landmarks` ten numbers (x, y of both eyes, the nose and both
    corners of the mouth, left before right), `landmarks68` 136 numbers (x, y of each point in the order of
    300-W). `matrix` are the six numbers, row by row, of the affine map [2, 3] from photo to chip pixels,
    which no example keeps. `image_path`, `face_index` (0 is the photo's largest face), `content_hash` and
    `split_key` tell where it comes from; `label` is the person, empty when unknown; `photo_size` the upright
    photo's width and height in pixels. Where a classifier is to learn, `frame` is the encoded picture that it
    sees, `frame_map` the affine map [2, 3] from chip to frame pixels, row by row, and `targets` what is known
    of the face, see ``schemas.labelled_face``.
    """

    box: tuple[float, ...] = ()
    score: float = math.nan
    sharpness: float = math.nan
    chip: bytes = field(default=b"", repr=False)
    landmarks: tuple[float, ...] = ()
    landmarks68: tuple[float, ...] = ()
    matrix: tuple[float, ...] = ()
    image_path: str = ""
    face_index: int = 0
    content_hash: str = ""
    split_key: str = ""
    label: str = ""
    photo_size: tuple[int, ...] = ()
    frame: bytes = field(default=b"", repr=False)
    frame_map: tuple[float, ...] = ()
    targets: tuple[int, ...] = ()

    @property
    def side(self) -> float:
        """Mean of the box's width and height, in pixels of the photo; NaN without a box."""
        return (self.box[2] + self.box[3]) / 2 if self.box else math.nan

    @property
    def off_centre(self) -> float:
        """Distance from the middle of the box to the photo's, in its pixels; NaN where either is unknown."""
        if not self.box or not self.photo_size:
            return math.nan
        return math.hypot(*(self.box[i] + self.box[i + 2] / 2 - self.photo_size[i] / 2 for i in range(2)))
