"""The faces of one photo come together to a model that asks for photos, and no other way changes."""

import hashlib
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from models.inputs.preprocessing import images_from_chips
from models.inputs.training_data import batches, image_set

# One value a feature, in a list of one: so TFX reads the schema.
SPEC = {
    "chip": tf.io.FixedLenFeature([1], tf.string),
    "content_hash": tf.io.FixedLenFeature([1], tf.string),
    "landmarks68": tf.io.VarLenFeature(tf.float32),
}


class Transformed:
    """Stands for TFTransformOutput: Transform's graph is ``images_from_chips``."""

    def raw_feature_spec(self):
        return SPEC

    def transform_features_layer(self):
        return lambda raw: {"image": images_from_chips(tf.reshape(raw["chip"], (-1,)))}


def chip(value):
    buffer = io.BytesIO()
    Image.fromarray(np.full((192, 192, 3), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """12 faces of 5 photos, in an order that tears the photos apart; a face's grey tells its photo.

    The faces of photos 1 and 3 have points, all numbers of a face that of its grey.
    """
    path = str(tmp_path_factory.mktemp("records") / "faces.gz")
    photos = [0, 1, 2, 3, 4, 0, 1, 2, 3, 0, 1, 0]
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for index, photo in enumerate(photos):
            values = {
                "chip": chip(40 * photo + index),
                "content_hash": hashlib.sha256(b"%d" % photo).digest(),
            }
            features = {
                k: tf.train.Feature(bytes_list=tf.train.BytesList(value=[v])) for k, v in values.items()
            }
            if photo in (1, 3):
                numbers = tf.train.FloatList(value=[40 * photo + index] * 136)
                features["landmarks68"] = tf.train.Feature(float_list=numbers)
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return path


def test_a_photos_faces_stay_together_through_the_shuffle(file):
    examples = image_set([file], Transformed(), ("image", "photo"))
    assert examples.n == 12
    orders = []
    for epoch in range(3):
        (x,) = next(iter(batches(examples, 12, 5, ("image", "photo"), epoch)))
        photos = x["photo"].numpy()
        changes = (np.diff(photos) != 0).sum()
        assert changes == len(set(photos)) - 1 == 4
        greys = np.round(x["image"].numpy()[:, 0, 0, 0] * 255).astype(int) // 40
        assert len(set(zip(greys, photos, strict=True))) == 5  # each face has its own photo's hash
        orders.append(tuple(photos))
    assert len(set(orders)) > 1


def test_without_photos_examples_are_single(file):
    examples = image_set([file], Transformed())
    assert not examples.grouped
    assert set(examples.dataset.element_spec) == {"image"}
    assert examples.array("image").shape == (12, 64, 64, 3)
    assert image_set([file], Transformed(), memory_share=0.0).array("image").shape == (12, 64, 64, 3)


def test_points_come_with_their_face_and_are_no_numbers_where_it_has_none(file):
    examples = image_set([file], Transformed(), ("image", "photo", "landmarks68"))
    found = list(examples.elements())
    assert len(found) == 12
    with_points = 0
    for face in found:
        grey = round(float(face["image"][0, 0, 0]) * 255)
        assert face["landmarks68"].shape == (136,)
        assert face["landmarks68"].dtype == tf.float32
        has_points = grey // 40 in (1, 3)
        np.testing.assert_array_equal(face["landmarks68"], grey if has_points else np.nan)
        with_points += has_points
    assert with_points == 5


def test_a_file_without_any_points_gives_none(file, tmp_path):
    path = str(tmp_path / "plain.gz")
    with tf.io.TFRecordWriter(path, "GZIP") as writer:
        for record in tf.data.TFRecordDataset(file, "GZIP"):
            example = tf.train.Example.FromString(record.numpy())
            example.features.feature.pop("landmarks68", None)
            writer.write(example.SerializeToString())
    examples = image_set([path], Transformed(), ("image", "photo", "landmarks68"))
    assert np.isnan(examples.array("landmarks68")).all()
    assert examples.array("landmarks68").shape == (12, 136)
