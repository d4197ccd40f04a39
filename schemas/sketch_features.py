"""One drawing: the names and units of its features, and its conversion to one tf.Example."""

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
MOST_STEPS = 250  # as in Ha and Eck's sketch-rnn; longer drawings are left out

SKETCH_SCHEMA_PATH = Path(__file__).with_name("sketch.pbtxt")

FEATURES = (IMAGE_PATH, FACE_INDEX, LABEL, CONTENT_HASH, SPLIT_KEY, STROKES, CHIP)

# Statistics are computed of these: all but the pictures, of which statistics say nothing.
SKETCH_STATISTICS_FEATURES = tuple(name for name in FEATURES if name != CHIP)


@dataclass(frozen=True)
class Sketch:
    """One drawing.

    `image_path` is the file and its line, such as `face.ndjson:17`. `strokes` are the steps (dx, dy, pen),
    one after another; y points downwards, and the drawing's larger side is DRAWING_SIDE units. `pen` is 1 if
    the pen is lifted after the step, otherwise 0. `label` is the word, empty if it is unknown. `chip` is a
    PNG of CHIP_SIZE x CHIP_SIZE RGB. `face_index` is 0, because a line holds one drawing; later steps of the
    pipeline read it.
    """

    image_path: str
    strokes: tuple[float, ...]
    content_hash: str
    split_key: str
    chip: bytes = field(repr=False)
    label: str = ""
    face_index: int = 0


def to_example(sketch: Sketch) -> "tf.train.Example":
    """One drawing as a tf.Example; the label is left out if it is unknown."""
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
