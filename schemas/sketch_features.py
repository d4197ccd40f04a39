"""Names and units of one drawing, and the drawing as one tf.Example."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.face import CHIP, CONTENT_HASH, FACE_INDEX, IMAGE_PATH, LABEL, SPLIT_KEY

if TYPE_CHECKING:
    import tensorflow as tf

STROKES = "strokes"
# The third number of a step, 0 where the pen stays down. A step that is over is padding: what comes after the
# drawing's last step.
PEN_LIFTED, PEN_OVER = 1.0, 2.0
PADDING = (0.0, 0.0, PEN_OVER)
STEP_SIZE = 3  # dx, dy, pen
DRAWING_SIDE = 255.0  # units of the larger side of every drawing, as in the simplified Quick, Draw! files
MOST_STEPS = 250  # as Ha and Eck's sketch-rnn: longer drawings are left out

SKETCH_SCHEMA_PATH = Path(__file__).with_name("sketch.pbtxt")

FEATURES = (IMAGE_PATH, FACE_INDEX, LABEL, CONTENT_HASH, SPLIT_KEY, STROKES, CHIP)

# What statistics are computed of: all but the pictures, which are many bytes and say nothing.
SKETCH_STATISTICS_FEATURES = tuple(name for name in FEATURES if name != CHIP)


@dataclass(frozen=True)
class Sketch:
    """One drawing.

    `image_path` is the file and its line, as `face.ndjson:17`; `strokes` the steps (dx, dy, pen) one
    after another, in units of which the drawing's larger side has DRAWING_SIDE, y downwards, `pen` 1
    where the pen is lifted after the step, else 0; `label` the word, empty when unknown; `chip` a PNG
    of CHIP_SIZE x CHIP_SIZE RGB. `face_index` is 0, one drawing a line: the steps that follow read it.
    """

    image_path: str
    strokes: tuple[float, ...]
    content_hash: str
    split_key: str
    chip: bytes = field(repr=False)
    label: str = ""
    face_index: int = 0


def to_example(sketch: Sketch) -> "tf.train.Example":
    """One drawing as a tf.Example; the label is left out where it is unknown."""
    from tensorflow.train import Example  # only those who write examples need TensorFlow

    example = Example()
    features = example.features.feature
    for name, text in (
        (IMAGE_PATH, sketch.image_path),
        (CONTENT_HASH, sketch.content_hash),
        (SPLIT_KEY, sketch.split_key),
        (LABEL, sketch.label),
    ):
        if text:
            features[name].bytes_list.value.append(text.encode("utf-8"))
    features[FACE_INDEX].int64_list.value.append(sketch.face_index)
    features[STROKES].float_list.value.extend(sketch.strokes)
    features[CHIP].bytes_list.value.append(sketch.chip)
    return example
