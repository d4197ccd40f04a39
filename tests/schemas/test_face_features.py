from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from schemas.face import (
    BOX,
    CHIP_SIZE,
    LABEL,
    LANDMARKS,
    LANDMARKS68,
    LEFT_EYE,
    RIGHT_EYE,
    Face,
)
from schemas.features import from_example, to_example

FACE = Face(
    image_path="ann/1.jpg",
    face_index=0,
    box=(1.0, 2.0, 30.0, 40.0),
    score=0.5,
    sharpness=12.0,
    content_hash="ab",
    split_key="ab",
    chip=b"\xff\xd8",
    landmarks=tuple(float(i) for i in range(10)),
    landmarks68=tuple(i / 4 for i in range(136)),
    label="ann",
)


@pytest.mark.parametrize("face", [FACE, replace(FACE, label="", landmarks=(), landmarks68=())])
def test_a_face_survives_its_example(face):
    serialized = to_example(face).SerializeToString()
    assert from_example(serialized) == face
    numbers = {name: tf.io.VarLenFeature(tf.float32) for name in (LANDMARKS, LANDMARKS68)}
    spec = {
        **numbers,
        LABEL: tf.io.FixedLenFeature([], tf.string, ""),
        BOX: tf.io.FixedLenFeature([4], tf.float32),
    }
    parsed = tf.io.parse_single_example(serialized, spec)
    assert parsed["label"].numpy().decode() == face.label
    assert tf.sparse.to_dense(parsed["landmarks"]).shape[0] == len(face.landmarks)
    assert tf.sparse.to_dense(parsed["landmarks68"]).numpy().tolist() == list(face.landmarks68)
    assert parsed["box"].numpy().tolist() == list(face.box)


def test_what_is_unknown_is_left_out():
    bare = replace(FACE, label="", landmarks=(), landmarks68=())
    assert not {"label", "landmarks", "landmarks68"} & set(to_example(bare).features.feature)


def test_what_an_example_lacks_stays_empty():
    face = from_example(tf.train.Example().SerializeToString())
    assert (face.box, face.chip, face.image_path, face.face_index) == ((), b"", "", 0)
    assert np.isnan([face.score, face.sharpness, face.side, face.off_centre]).all()


def test_side_and_distance_from_the_middle_are_in_pixels_of_the_photo():
    face = Face(box=(10.0, 20.0, 30.0, 50.0), photo_size=(56, 90))
    assert face.side == 40.0
    assert face.off_centre == 3.0  # (25, 45) from (28, 45)


def test_the_chips_geometry():
    assert RIGHT_EYE[0] - LEFT_EYE[0] == 64
    assert LEFT_EYE[1] == RIGHT_EYE[1] == pytest.approx(0.36 * CHIP_SIZE)
    assert LEFT_EYE[0] + RIGHT_EYE[0] == CHIP_SIZE
