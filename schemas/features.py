"""One aligned face as one tf.Example. TensorFlow is imported when one is made."""

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

if TYPE_CHECKING:
    import tensorflow as tf


def to_example(face: Face) -> "tf.train.Example":
    """One face as a tf.Example; landmarks and label are left out where they are unknown."""
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
    for name, points in ((LANDMARKS, face.landmarks), (LANDMARKS68, face.landmarks68)):
        if points:
            features[name].float_list.value.extend(points)
    return example
