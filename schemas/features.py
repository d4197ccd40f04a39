"""Names, geometry and (de)serialisation of one aligned face as one tf.Example."""

from dataclasses import dataclass, field
from pathlib import Path

import tensorflow as tf

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
# Pixel coordinates count centres: (0, 0) is the middle of the first pixel.
LEFT_EYE = (64.0, 0.36 * CHIP_SIZE)
RIGHT_EYE = (128.0, 0.36 * CHIP_SIZE)

FACE_SCHEMA_PATH = Path(__file__).with_name("face.pbtxt")

FACE_FEATURES = {
    IMAGE_PATH: tf.io.FixedLenFeature([], tf.string),
    FACE_INDEX: tf.io.FixedLenFeature([], tf.int64),
    BOX: tf.io.FixedLenFeature([4], tf.float32),
    SCORE: tf.io.FixedLenFeature([], tf.float32),
    LANDMARKS: tf.io.VarLenFeature(tf.float32),
    LANDMARKS68: tf.io.VarLenFeature(tf.float32),
    SHARPNESS: tf.io.FixedLenFeature([], tf.float32),
    LABEL: tf.io.FixedLenFeature([], tf.string, default_value=""),
    CONTENT_HASH: tf.io.FixedLenFeature([], tf.string),
    SPLIT_KEY: tf.io.FixedLenFeature([], tf.string),
    CHIP: tf.io.FixedLenFeature([], tf.string),
}

# What statistics are computed of: all but pictures and dense points, which are many and say nothing.
STATISTICS_FEATURES = tuple(name for name in FACE_FEATURES if name not in (CHIP, LANDMARKS68))


@dataclass(frozen=True)
class Face:
    """One aligned face.

    `box` is (left, top, width, height) in pixels of the upright photo; `landmarks` ten numbers
    (x, y of each of LANDMARK_NAMES) in chip pixels, empty where the detector has none; `landmarks68`
    136 numbers (x, y of each point in the order of 300-W) in chip pixels, empty where there are none;
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


def to_example(face: Face) -> tf.train.Example:
    """One face as a tf.Example; landmarks and label are left out where they are unknown."""
    example = tf.train.Example()
    features = example.features.feature
    for name, text in (
        (IMAGE_PATH, face.image_path),
        (CONTENT_HASH, face.content_hash),
        (SPLIT_KEY, face.split_key),
        (LABEL, face.label),
    ):
        if text:
            features[name].bytes_list.value.append(text.encode("utf-8"))
    features[FACE_INDEX].int64_list.value.append(face.face_index)
    features[BOX].float_list.value.extend(face.box)
    features[SCORE].float_list.value.append(face.score)
    features[SHARPNESS].float_list.value.append(face.sharpness)
    features[CHIP].bytes_list.value.append(face.chip)
    for name, points in ((LANDMARKS, face.landmarks), (LANDMARKS68, face.landmarks68)):
        if points:
            features[name].float_list.value.extend(points)
    return example


def from_example(serialized: bytes) -> Face:
    """The face in one serialized tf.Example.

    Raises:
        ValueError: a feature that every face has is missing.
    """
    features = tf.train.Example.FromString(serialized).features.feature
    optional = (LANDMARKS, LANDMARKS68, LABEL)
    missing = [n for n in FACE_FEATURES if n not in optional and n not in features]
    if missing:
        raise ValueError(
            f"Not a face example. Expected the features {sorted(FACE_FEATURES)}; missing: {missing}. "
            "Fix: read the output of FaceExampleGen."
        )

    def text(name: str) -> str:
        values = features[name].bytes_list.value if name in features else ()
        return values[0].decode("utf-8") if values else ""

    def numbers(name: str) -> tuple[float, ...]:
        return tuple(features[name].float_list.value) if name in features else ()

    return Face(
        image_path=text(IMAGE_PATH),
        face_index=features[FACE_INDEX].int64_list.value[0],
        box=tuple(features[BOX].float_list.value),
        score=features[SCORE].float_list.value[0],
        sharpness=features[SHARPNESS].float_list.value[0],
        content_hash=text(CONTENT_HASH),
        split_key=text(SPLIT_KEY),
        chip=features[CHIP].bytes_list.value[0],
        landmarks=numbers(LANDMARKS),
        landmarks68=numbers(LANDMARKS68),
        label=text(LABEL),
    )
