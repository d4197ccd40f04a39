"""The mesh in Keras layers: the points of the .tflite file's own interpreter, in the place of the chip."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.landmarks import face_mesh
from models.landmarks.face_mesh import CENTRE, LOOK, SIDE, FaceMesh, around_the_face, in_chip, weights_file
from models.landmarks.mesh_points import N_POINTS
from tests.bounds import eps, of_network
from tests.models.landmarks.orl_chips import orl_chips

FACES = 6


@functools.cache
def mesh():
    layer = FaceMesh()
    layer.read()
    return layer


def found(layer, grey):
    return layer(tf.constant(grey, tf.float32)).numpy()


@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated.*")
def test_points_are_those_of_tflites_interpreter():
    interpreter = tf.lite.Interpreter(str(weights_file()))
    interpreter.allocate_tensors()
    (read,) = interpreter.get_input_details()
    (written,) = (one for one in interpreter.get_output_details() if one["shape"][-1] == 3 * N_POINTS)
    noise = np.random.default_rng(0).random((2, SIDE, SIDE), np.float32)
    faces = around_the_face(tf.constant(orl_chips(FACES, 1), tf.float32)).numpy() / 255
    for look in np.concatenate([faces, noise]):
        picture = np.repeat(look[None, :, :, None], 3, axis=3)
        interpreter.set_tensor(read["index"], picture)
        interpreter.invoke()
        expected = interpreter.get_tensor(written["index"]).reshape(-1)
        # The format's last digit of points up to 192, through sums of some hundred terms.
        np.testing.assert_allclose(mesh().network(picture)[0], expected, rtol=0, atol=1e-3)


def test_it_looks_at_a_square_around_the_face_and_answers_in_pixels_of_the_chip():
    down, across = np.mgrid[:192, :192].astype(np.float32)
    columns, rows = (around_the_face(tf.constant(one[None])).numpy()[0] for one in (across, down))
    pixels = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2)
    there = in_chip(tf.constant(np.c_[pixels, 0 * pixels[:, :1]][None], tf.float32)).numpy()[0]
    inside = np.clip(there[:, :2], 0, 191)
    off = 192 * 4 * eps()
    np.testing.assert_allclose(np.c_[columns.ravel(), rows.ravel()], inside, rtol=0, atol=off)
    np.testing.assert_allclose(there.mean(axis=0, dtype=np.float64), (*CENTRE, 0), rtol=0, atol=off)
    assert np.ptp(there[:, 0]) == pytest.approx(LOOK * (SIDE - 1) / SIDE)


def test_the_points_lie_on_the_face():
    points = found(mesh(), orl_chips(FACES, 1))
    assert points.shape == (FACES, N_POINTS, 3)
    eyes = points[:, [33, 133, 263, 362]].reshape(FACES, 2, 2, 3).mean(axis=2)
    assert (np.abs(eyes[..., 0] - (64, 128)) < 30).all()
    assert (np.abs(eyes[..., 1] - 69) < 30).all()
    tip, cheeks = points[:, 4], points[:, [234, 454]]
    assert (tip[:, 2:] < cheeks[..., 2] - 20).all()  # nearer to the camera


def test_it_has_no_weights_until_it_reads_them_and_none_learn():
    fresh = FaceMesh()
    assert fresh.trainable_weights == []
    assert fresh.count_params() == mesh().count_params()
    assert not np.array_equal(fresh.get_weights()[0], mesh().get_weights()[0])
    fresh.read()
    np.testing.assert_array_equal(fresh.get_weights()[0], mesh().get_weights()[0])


def test_it_computes_in_float32_whatever_the_policy_is():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        layer = FaceMesh()
        layer.read()
        grey = orl_chips(FACES, 1)[:1]
        np.testing.assert_array_equal(found(layer, grey), found(mesh(), grey))
    finally:
        keras.config.set_dtype_policy("float32")


def test_it_comes_back_from_a_file_and_from_a_saved_model_without_the_package(tmp_path, monkeypatch):
    grey = orl_chips(FACES, 1)
    model = keras.Sequential([keras.Input((192, 192)), mesh()])
    model.save(tmp_path / "m.keras")
    model.export(str(tmp_path / "served"), verbose=False)
    monkeypatch.setattr(face_mesh, "PACKAGE", "no_such_package")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(found(again, grey), found(mesh(), grey))
    served = tf.saved_model.load(str(tmp_path / "served"))
    told = served.serve(tf.constant(grey, tf.float32))
    np.testing.assert_allclose(told, found(mesh(), grey), rtol=0, atol=of_network(mesh()) * 248)
    with pytest.raises(ModuleNotFoundError, match="Expected the package no_such_package; .*Fix: make setup"):
        FaceMesh().read()


def test_another_file_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "w.tflite"
    file.write_bytes(b"nothing of the sort")
    monkeypatch.setattr(face_mesh, "weights_file", lambda: file)
    with pytest.raises(ValueError, match="is no .tflite file"):
        FaceMesh().read()
