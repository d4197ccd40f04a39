"""Drawn faces whose 68 points are dots: what is taught on some finds them on others."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.landmarks.landmark_network import LandmarkNetwork
from models.landmarks.oriented_gradients import LENGTH, descriptors, gradient_maps, mirrored_descriptor
from schemas.landmarks import N_POINTS, mirrored_points
from tests.bounds import of_network, of_sum
from tests.models.landmarks.landmark_faces import landmark_faces

TAUGHT, NEW = 160, 24


@functools.cache
def taught():
    network = LandmarkNetwork()
    facts = network.teach(*landmark_faces(TAUGHT, 0), seed=1)
    return network, facts


def found(network, grey):
    return network(tf.constant(grey, tf.float32)).numpy()


def rounding(network):
    """What two passes may differ by, in pixels of a chip."""
    return of_network(network) * 191


def away(points, others):
    return float(np.linalg.norm(points - others, axis=-1).mean())


def test_it_finds_the_points_of_new_faces():
    network, facts = taught()
    grey, points = landmark_faces(NEW, 9)
    mean = away(points, network.start.numpy())
    assert mean > 5
    assert away(found(network, grey), points) < 0.2 * mean
    assert facts["taught_on"] == TAUGHT * 7 // 8
    assert facts["held_back"] == TAUGHT // 8
    errors = [step["held_back_px"] for step in facts["steps"]]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == pytest.approx(away(found(network, grey), points), rel=0.3)


def test_every_step_brings_it_nearer_than_one():
    network, _ = taught()
    grey, points = landmark_faces(NEW, 9)
    once = LandmarkNetwork()
    once.set_weights(network.get_weights())
    once.maps.assign(network.maps.numpy() * np.array([1, 0, 0]).reshape(3, 1, 1))
    once.offsets.assign(network.offsets.numpy() * np.array([1, 0, 0]).reshape(3, 1))
    assert away(found(network, grey), points) < 0.9 * away(found(once, grey), points)


def test_a_mirrored_face_has_mirrored_points():
    network, _ = taught()
    grey, _ = landmark_faces(NEW, 9)
    there = mirrored_points(found(network, grey[:, :, ::-1]), 191)
    np.testing.assert_allclose(there, found(network, grey), rtol=0, atol=rounding(network))


def test_a_mirrored_descriptor_is_the_descriptor_in_another_order():
    grey, points = landmark_faces(2, 9)
    own = descriptors(gradient_maps(tf.constant(grey, tf.float32)), tf.constant(points)).numpy()
    mirrored = descriptors(
        gradient_maps(tf.constant(grey[:, :, ::-1], tf.float32)), tf.constant(mirrored_points(points, 191))
    ).numpy()
    assert own.shape == (2, LENGTH)
    off = of_sum(LENGTH) * np.abs(own).max()
    np.testing.assert_allclose(mirrored, own[:, mirrored_descriptor()], rtol=0, atol=off)


def test_light_and_contrast_move_the_points_little():
    network, _ = taught()
    grey, points = landmark_faces(NEW, 9)
    dark = (grey * 0.5 + 20).astype(np.uint8)
    assert away(found(network, dark), points) < 1.5 * away(found(network, grey), points)


def test_the_same_seed_teaches_the_same_and_labels_of_no_face_are_needed():
    grey, points = landmark_faces(TAUGHT, 0)
    again = LandmarkNetwork()
    facts = again.teach(grey, points, seed=1)
    assert facts == taught()[1]
    for one, other in zip(again.get_weights(), taught()[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_faces_without_points_are_left_out():
    grey, points = landmark_faces(TAUGHT, 0)
    more = np.concatenate([points, np.full((7, N_POINTS, 2), np.nan, np.float32)])
    other = LandmarkNetwork()
    facts = other.teach(np.concatenate([grey, grey[:7] // 2]), more, seed=1)
    assert facts == taught()[1]
    np.testing.assert_array_equal(other.maps, taught()[0].maps)


def test_few_faces_are_refused_with_the_fix():
    grey, points = landmark_faces(TAUGHT, 0)
    network = LandmarkNetwork()
    with pytest.raises(
        ValueError, match="Expected at least 100 with 68 points; received 99.*landmarks=mtcnn5"
    ):
        network.teach(grey[:99], points[:99])
    with pytest.raises(ValueError, match=r"received \(160, 192, 192\) and \(159, 68, 2\)"):
        network.teach(grey, points[:-1])
    assert float(network.taught) == 0


def test_it_comes_back_from_a_file_and_from_a_saved_model(tmp_path):
    network, _ = taught()
    grey = landmark_faces(NEW, 9)[0][:5]
    model = keras.Sequential([keras.Input((192, 192)), network])
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(tf.constant(grey, tf.float32)), found(network, grey))
    model.export(str(tmp_path / "served"), verbose=False)
    served = tf.saved_model.load(str(tmp_path / "served"))
    told = served.serve(tf.constant(grey, tf.float32))
    np.testing.assert_allclose(told, found(network, grey), rtol=0, atol=rounding(network))
