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
    """12 faces of 5 photos, in an order that tears the photos apart; a face's grey tells its photo."""
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
