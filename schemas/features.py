"""Converts one aligned face to and from one tf.Example. TensorFlow is imported only when that is done."""

import math
from typing import TYPE_CHECKING

from schemas.face import (
    BOX,
    CHIP,
    CONTENT_HASH,
    FACE_INDEX,
    IMAGE_PATH,
    LABEL,
    LANDMARKS,
    LANDMARKS68,
    SCORE,
    SHARPNESS,
    SPLIT_KEY,
    Face,
)
from schemas.labelled_face import FRAME, FRAME_MAP, TARGETS

if TYPE_CHECKING:
    import tensorflow as tf


def to_example(face: Face) -> "tf.train.Example":
    """One face as a tf.Example; landmarks and label are left out if they are unknown."""
    from tensorflow.train import Example  # only those who write examples need TensorFlow

    example = Example()
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
    points = ((LANDMARKS, face.landmarks), (LANDMARKS68, face.landmarks68), (FRAME_MAP, face.frame_map))
    for name, numbers in points:
        if numbers:
            features[name].float_list.value.extend(numbers)
    if face.frame:
        features[FRAME].bytes_list.value.append(face.frame)
    if face.targets:
        features[TARGETS].int64_list.value.extend(face.targets)
    return example


def from_example(serialized: bytes) -> Face:
    """The face in one serialised tf.Example, or what it tells of a drawing; what is missing stays empty."""
    from tensorflow.train import Example

    features = Example.FromString(serialized).features.feature

    def text(name: str) -> str:
        values = features[name].bytes_list.value if name in features else ()
        return values[0].decode("utf-8", "replace") if values else ""

    def numbers(name: str) -> tuple[float, ...]:
        return tuple(features[name].float_list.value) if name in features else ()

    return Face(
        box=numbers(BOX),
        score=(*numbers(SCORE), math.nan)[0],
        sharpness=(*numbers(SHARPNESS), math.nan)[0],
        chip=features[CHIP].bytes_list.value[0] if CHIP in features else b"",
        landmarks=numbers(LANDMARKS),
        landmarks68=numbers(LANDMARKS68),
        image_path=text(IMAGE_PATH),
        face_index=features[FACE_INDEX].int64_list.value[0] if FACE_INDEX in features else 0,
        content_hash=text(CONTENT_HASH),
        split_key=text(SPLIT_KEY),
        label=text(LABEL),
        frame=features[FRAME].bytes_list.value[0] if FRAME in features else b"",
        frame_map=numbers(FRAME_MAP),
        targets=tuple(features[TARGETS].int64_list.value) if TARGETS in features else (),
    )
