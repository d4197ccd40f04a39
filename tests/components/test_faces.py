"""The faces, or drawings, of an Examples artifact, and what a model is asked of them."""

import types

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import tensorflow as tf

from components.face_table import FaceTable
from components.faces import read_faces
from schemas import features, sketch_features
from schemas.face import Face

SKETCHES = [
    sketch_features.Sketch(f"a.ndjson:{i}", (1.0 * i, 2.0, 1.0), f"h{i}", f"h{i}", b"png%d" % i, "hat")
    for i in (1, 2, 3)
]
FACE = Face(
    (0.0, 0.0, 9.0, 9.0),
    1.0,
    2.0,
    b"jpeg",
    image_path="ann/1.jpg",
    content_hash="h",
    split_key="h",
    label="ann",
)


def write(folder, split, examples):
    (folder / f"Split-{split}").mkdir()
    with tf.io.TFRecordWriter(str(folder / f"Split-{split}" / "data.gz"), "GZIP") as writer:
        for example in examples:
            writer.write(example.SerializeToString())


def model_of(name):
    """Stands for a loaded SavedModel whose one input has this name."""
    signature = types.SimpleNamespace(structured_input_signature=((), {name: None}))
    return types.SimpleNamespace(signatures={"serving_default": signature})


@pytest.fixture
def table(tmp_path):
    write(tmp_path, "train", [sketch_features.to_example(sketch) for sketch in SKETCHES[1::-1]])
    write(tmp_path, "eval", [sketch_features.to_example(SKETCHES[2])])
    return read_faces(str(tmp_path))


def test_a_model_of_drawings_is_asked_by_the_strokes_alone(table):
    assert table.image_paths == ["a.ndjson:1", "a.ndjson:2", "a.ndjson:3"]
    asked = table.requests(model_of("examples"))
    assert len(asked) == len(table) == 3
    for request, sketch in zip(asked, SKETCHES, strict=True):
        feature = tf.train.Example.FromString(request).features.feature
        assert list(feature) == ["strokes"]
        assert tuple(feature["strokes"].float_list.value) == sketch.strokes
    assert table.requests(model_of("examples"), table.rows("eval")) == asked[2:]


def test_a_model_of_pictures_is_asked_by_chips_of_drawings_and_of_faces(table, tmp_path):
    assert table.requests(model_of("image_bytes"), [2, 0]) == [b"png3", b"png1"]
    faces = tmp_path / "faces"
    faces.mkdir()
    write(faces, "train", [features.to_example(FACE)])
    write(faces, "eval", [])
    photos = read_faces(str(faces))
    assert photos.requests(model_of("image_bytes")) == photos.chips == [b"jpeg"]
    assert photos.examples == [b""]


def test_what_the_ingest_saw_of_a_face_comes_with_it(tmp_path):
    write(tmp_path, "train", [features.to_example(FACE)])
    write(tmp_path, "eval", [])
    (bare,) = read_faces(str(tmp_path)).found
    assert (bare.side, bare.sharpness, bare.landmarks) == (9.0, 2.0, ())
    assert np.isnan(bare.off_centre)
    sizes = pa.table({"path": ["ann/1.jpg"], "width": [15], "height": [17]})
    pyarrow.parquet.write_table(sizes, tmp_path / "ingest.parquet")
    assert read_faces(str(tmp_path)).found[0].off_centre == 5.0  # from (4.5, 4.5) to (7.5, 8.5)


def test_a_split_is_a_slice_of_the_table():
    table = FaceTable(split=["train"] * 3 + ["eval"] * 2)
    spans = [table.span(split) for split in ("train", "eval", "test")]
    assert spans == [slice(0, 3), slice(3, 5), slice(0, 0)]
    with pytest.raises(ValueError, match="split after split"):
        FaceTable(split=["train", "eval", "train"]).span("train")
