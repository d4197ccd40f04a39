"""The autoencoder of patches: what it cuts out, that it learns, and that it knows people again."""

import functools
import tempfile

import numpy as np
import pytest
import tensorflow as tf

from models.identity.face_places import DISTINCT, MIRRORED
from models.identity.patch_cae import DRAWN, FLATNESS, PatchCAE, normalised
from models.identity.registered_patches import SCALES, SQUARE, patches
from models.training.train import train
from models.training_settings import plan_of
from tests.bounds import of_network, of_sum
from tests.models.identity.places import fixed_places
from tests.models.identity.test_hd_lbp import example_set, people

SETTINGS = plan_of(
    {
        "model": "patch_cae",
        "latent_dim": 24,
        "base_filters": 8,
        "block_dim": 8,
        "rounds": 2,
        "epochs": 4,
        "noise_level": 0.3,
        "learning_rate": 2e-3,
        "batch_size": 8,
        "jit": "off",
        "dtype": "float32",
    }
)


@functools.cache
def trained():
    images, _ = people()
    with tempfile.TemporaryDirectory() as folder:
        return train(example_set(images), example_set(images[::4]), SETTINGS, folder)


def test_a_patch_is_the_square_around_its_place():
    grey = tf.constant(np.random.default_rng(0).integers(0, 255, (2, 192, 192)), tf.float32)
    places = tf.constant([[[95.5, 95.5], [20.5, 60.5]]] * 2, tf.float32)
    found = patches(grey, places, 1.0).numpy()
    assert found.shape == (2, 2, SQUARE, SQUARE)
    np.testing.assert_array_equal(found[1, 0], grey[1, 80:112, 80:112])
    np.testing.assert_array_equal(found[0, 1], grey[0, 45:77, 5:37])


def test_light_and_contrast_are_taken_out_and_flat_patches_stay_quiet():
    patch = np.random.default_rng(0).normal(0, 60, (1, SQUARE, SQUARE)).astype(np.float32)
    found, off = normalised(patch).numpy(), of_sum(SQUARE * SQUARE)
    deviation = patch.std(dtype=np.float64)
    assert abs(found.mean()) < off
    assert found.std() == pytest.approx(loudness(deviation), rel=off)
    louder = normalised(2 * patch + 40).numpy() / loudness(2 * deviation)
    expected = found / loudness(deviation)
    np.testing.assert_allclose(louder, expected, rtol=0, atol=off * np.abs(expected).max())
    quiet = normalised(patch / 60)
    assert np.abs(quiet).max() < 5 / FLATNESS  # five deviations of one grey level


def loudness(deviation):
    """The deviation of a normalised patch: nearly 1 unless it was flat."""
    return deviation / np.hypot(deviation, FLATNESS)


def test_it_learns_from_patches_drawn_once_of_each_face():
    model, history = trained()
    assert history[-1]["reconstruction"] < 0.8 * history[0]["reconstruction"]
    sets = model.training_sets(example_set(people()[0][:9]), example_set(people()[0][:3]))
    drawn = [one.array("patches") for one in sets]
    assert [part.shape for part in drawn] == [(9, DRAWN, SQUARE, SQUARE), (3, DRAWN, SQUARE, SQUARE)]
    assert drawn[0].dtype == np.uint8
    again = model.training_sets(example_set(people()[0][:9]), example_set(people()[0][:3]))
    np.testing.assert_array_equal(again[0].array("patches"), drawn[0])


def test_people_are_known_again():
    images, who = people()
    found = trained()[0].encode(images).numpy()
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=of_sum(24))
    similar = found @ found.T - 2 * np.eye(len(who))
    assert (who[similar.argmax(axis=1)] == who).mean() > 0.9  # by chance 0.05
    assert trained()[0].figures(None)["fitted_on"] == len(who)


def test_a_face_and_its_mirror_image_have_the_same_blocks(monkeypatch):
    # The whole chip only: shrinking it by TensorFlow is not symmetric to the last bit.
    model, grey = trained()[0], people()[0][:2, :, :, 0] * 255
    own = np.random.default_rng(1).uniform(0.1, 0.9, (2, DISTINCT)).astype(np.float32)
    own[:, MIRRORED[:DISTINCT] == np.arange(DISTINCT)] = 0.5
    places = np.repeat(fixed_places()[None], 2, axis=0) + np.float32([0, 0.25])
    mirrored = (places[:, MIRRORED] * (-1, 1) + (191, 0)).astype(np.float32)
    monkeypatch.setattr(model, "places", lambda _: tf.constant(places))
    one = model.blocks(tf.constant(grey), tf.constant(own)).numpy()
    monkeypatch.setattr(model, "places", lambda _: tf.constant(mirrored))
    other = model.blocks(tf.constant(grey[:, :, ::-1].copy()), tf.constant(1 - own)).numpy()
    whole = np.arange(one.shape[1]) % len(SCALES) == 0
    off = of_network(model) * np.abs(one).max()
    np.testing.assert_allclose(one[:, whole], other[:, whole], rtol=0, atol=off)


def test_fewer_than_eight_faces_are_refused():
    with pytest.raises(ValueError, match="Too few faces to fit patch_cae. Expected at least 8; received 5"):
        PatchCAE(base_filters=4).start_from(example_set(people()[0][:5]))
