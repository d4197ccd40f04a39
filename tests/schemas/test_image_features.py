"""One small picture as a tf.Example, and the kinds of example by their schemas."""

import pytest
import tensorflow as tf

from schemas.example_kinds import KINDS, example_kind, kind_of
from schemas.features import from_example
from schemas.image_features import FEATURES, Image, to_example

IMAGE = Image("a.npz:3", 28, 20, 1, "hash", "key", b"png", "7")


def numbers(example, name):
    return list(example.features.feature[name].int64_list.value)


def test_a_picture_survives_its_example():
    example = to_example(IMAGE)
    assert set(example.features.feature) == set(FEATURES)
    assert [numbers(example, name) for name in ("height", "width", "channels", "face_index")] == [
        [28],
        [20],
        [1],
        [0],
    ]
    read = from_example(example.SerializeToString())
    assert (read.image_path, read.label, read.content_hash, read.split_key, read.chip) == (
        "a.npz:3",
        "7",
        "hash",
        "key",
        b"png",
    )


def test_a_picture_of_no_class_has_no_label():
    example = to_example(Image("a", 2, 2, 3, "hash", "key", b"png"))
    assert "label" not in example.features.feature
    assert isinstance(example, tf.train.Example)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_is_told_by_its_schema(name):
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    from schemas.face import FACE_SCHEMA_PATH

    schema = text_format.Parse(FACE_SCHEMA_PATH.with_name(f"{name}.pbtxt").read_text(), schema_pb2.Schema())
    names = {feature.name for feature in schema.feature}
    assert kind_of(names) == name
    kept = {f.name for f in schema.feature if "STATISTICS" not in f.not_in_environment}
    assert kept == set(example_kind(name).statistics)


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(ValueError, match="face, image, labelled_face, sketch"):
        example_kind("photo")
    with pytest.raises(ValueError, match="No kind of example has the features a, b"):
        kind_of({"a", "b"})
