"""One small picture: the names of its features, and its conversion to one tf.Example."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.face import CHIP, CONTENT_HASH, FACE_INDEX, IMAGE_PATH, LABEL, SPLIT_KEY

if TYPE_CHECKING:
    import tensorflow as tf

HEIGHT, WIDTH, CHANNELS = "height", "width", "channels"
GREY, RGB = 1, 3  # the numbers of channels that a picture may have
MOST_SIDE = 512  # pixels: larger pictures are photos, which the other kinds of source read

FEATURES = (IMAGE_PATH, FACE_INDEX, LABEL, CONTENT_HASH, SPLIT_KEY, HEIGHT, WIDTH, CHANNELS, CHIP)

# Statistics are computed of these: all but the pictures, of which statistics say nothing.
IMAGE_STATISTICS_FEATURES = tuple(name for name in FEATURES if name != CHIP)


@dataclass(frozen=True)
class Image:
    """One small picture as it was found: neither cut nor scaled, and grey if it is grey.

    `image_path` is its file, or the file of an array and the row, such as `mnist.npz:17`. `chip` is a PNG of
    `height` x `width` pixels with `channels` (1 or 3) of 8 bits. `label` is its class, empty if it is
    unknown. `face_index` is 0, because a row holds one picture; later steps of the pipeline read it.
    """

    image_path: str
    height: int
    width: int
    channels: int
    content_hash: str
    split_key: str
    chip: bytes = field(repr=False)
    label: str = ""
    face_index: int = 0


def to_example(image: Image) -> "tf.train.Example":
    """One picture as a tf.Example; the label is left out if it is unknown."""
    from tensorflow.train import Example  # only those who write examples need TensorFlow

    example = Example()
    features = example.features.feature
    for name, text in (
        (IMAGE_PATH, image.image_path),
        (CONTENT_HASH, image.content_hash),
        (SPLIT_KEY, image.split_key),
        (LABEL, image.label),
    ):
        if text:
            features[name].bytes_list.value.append(text.encode("utf-8"))
    for name, number in (
        (FACE_INDEX, image.face_index),
        (HEIGHT, image.height),
        (WIDTH, image.width),
        (CHANNELS, image.channels),
    ):
        features[name].int64_list.value.append(number)
    features[CHIP].bytes_list.value.append(image.chip)
    return example
