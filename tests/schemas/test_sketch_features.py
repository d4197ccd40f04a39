from dataclasses import replace

import tensorflow as tf
from google.protobuf import text_format
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_metadata.proto.v0 import schema_pb2

from schemas.sketch_features import (
    DRAWING_SIDE,
    FEATURES,
    MOST_STEPS,
    SKETCH_SCHEMA_PATH,
    SKETCH_STATISTICS_FEATURES,
    STEP_SIZE,
    Sketch,
    to_example,
)
from tests.examples import drawing_of

OFFSETS = st.floats(-DRAWING_SIDE, DRAWING_SIDE, width=32)
STEPS = st.tuples(OFFSETS, OFFSETS, st.sampled_from([0.0, 1.0]))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
SKETCHES = st.builds(
    Sketch,
    image_path=TEXT,
    strokes=st.lists(STEPS, min_size=1, max_size=20).map(lambda steps: sum(steps, ())),
    content_hash=TEXT,
    split_key=TEXT,
    chip=st.binary(min_size=1, max_size=20),
    label=st.just("") | TEXT,
)
SKETCH = Sketch("face.ndjson:17", (1.0, -2.0, 0.0, 3.0, 0.5, 1.0), "ab", "ab", b"\x89PNG", "face")


@given(SKETCHES)
def test_a_drawing_survives_its_example(sketch):
    serialized = to_example(sketch).SerializeToString()
    assert drawing_of(serialized) == sketch
    parsed = tf.io.parse_single_example(
        serialized,
        {"label": tf.io.FixedLenFeature([], tf.string, ""), "strokes": tf.io.VarLenFeature(tf.float32)},
    )
    assert parsed["label"].numpy().decode() == sketch.label
    assert tuple(parsed["strokes"].values.numpy().tolist()) == sketch.strokes


def test_an_unknown_word_is_left_out():
    assert "label" not in to_example(replace(SKETCH, label="")).features.feature


def test_the_schema_has_the_same_features_and_limits():
    schema = text_format.Parse(SKETCH_SCHEMA_PATH.read_text(), schema_pb2.Schema())
    features = {feature.name: feature for feature in schema.feature}
    assert set(features) == set(FEATURES)
    assert set(SKETCH_STATISTICS_FEATURES) == set(features) - {"chip"}
    strokes = features["strokes"]
    assert (strokes.value_count.min, strokes.value_count.max) == (STEP_SIZE, STEP_SIZE * MOST_STEPS)
    assert (strokes.float_domain.min, strokes.float_domain.max) == (-DRAWING_SIDE, DRAWING_SIDE)
