"""The members of a consensus: fitted from a seed, each of its own weights, the switches of the ablations."""

import numpy as np
import pytest
import tensorflow as tf

from models.catalog import build_model
from models.inputs.training_data import ExampleSet
from models.subspaces import csc
from models.subspaces.given_features import all_features
from models.subspaces.rank_one import kept_features

N, SIDE = 60, 8
NARROW = {
    "side": SIDE,
    "n_members": 2,
    "n_flattenings": 2,
    "n_features": 6,
    "n_filters": 2,
    "flatten_epochs": 1,
    "subspace_dim": 3,
    "hidden_units": 5,
    "warm_up_epochs": 1,
    "vae_epochs": 1,
    "steps_an_epoch": 2,
}


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).random((N, SIDE, SIDE, 1)).astype(np.float32) * 0.5 + 0.1


def fitted(images, seed=0, **values):
    model = build_model("csc", seed, **{**NARROW, **values})
    model.start_from(ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images)))
    return model


@pytest.fixture(scope="module")
def model(images):
    return fitted(images)


def test_members_stand_side_by_side_each_mean_then_variance(model, images):
    found = np.asarray(model.encode(images))
    assert found.shape == (N, 2 * 2 * 3)
    blocks = found.reshape(N, 2, 2, 3)
    np.testing.assert_allclose(blocks[:, :, 1].sum(axis=2), 1, rtol=1e-5)  # a softmax
    assert np.abs(blocks[:, 0, 0] - blocks[:, 1, 0]).max() > 0.01


def test_the_same_seed_gives_the_same_members_and_another_others(model, images):
    np.testing.assert_array_equal(fitted(images).encode(images), model.encode(images))
    assert (
        np.abs(np.asarray(fitted(images, 1).encode(images)) - np.asarray(model.encode(images))).max() > 0.01
    )


def test_how_many_flattenings_are_fitted_side_by_side_changes_nothing(model, images, monkeypatch):
    monkeypatch.setattr(csc, "MOST_SIDE_BY_SIDE", 1)
    assert len(csc.side_by_side(model.settings)) == 1
    np.testing.assert_array_equal(fitted(images).encode(images), model.encode(images))


def test_each_image_is_stretched_so_that_light_and_contrast_change_nothing(model, images):
    np.testing.assert_allclose(model.encode(images * 0.5 + 0.2), model.encode(images), rtol=1e-3, atol=1e-3)
    assert np.isfinite(model.encode(np.full((1, SIDE, SIDE, 1), 0.3, np.float32))).all()


@pytest.mark.parametrize("scale", ["set", "none"])
def test_the_set_is_stretched_together_or_nothing_is(images, scale):
    model = fitted(images, scale=scale)
    expected = (images - images.min()) / np.ptp(images) if scale == "set" else images
    np.testing.assert_allclose(model.scaled(images), expected, rtol=1e-5, atol=1e-6)


def test_without_flattening_the_kept_pixels_are_the_features(images):
    model = fitted(images, features="pixels", n_members=1)
    kept = kept_features(np.asarray(model.scaled(images)).reshape(N, -1), 0.5)
    np.testing.assert_array_equal(model.members[0].columns, kept)
    others = np.setdiff1d(np.arange(SIDE * SIDE), kept)
    flat = np.array(model.scaled(images)).reshape(N, -1)
    flat[:, others] = 0.5
    np.testing.assert_allclose(model.members[0].moments(flat)[0], model.encode(images)[:, :3], atol=1e-5)


def test_scattering_in_place_of_autoencoders_is_as_loud_on_every_path(images):
    model = fitted(images, features="scattering", n_members=1)
    given = all_features(np.asarray(model.scaled(images)), model.settings, np.asarray(model.scales))
    assert given.shape == (N, 2 * 2 * 81)
    assert (given >= 0).all()
    of_paths = given.reshape(-1, 81)
    np.testing.assert_allclose(np.sqrt(np.square(of_paths).mean(axis=0)), 1, rtol=1e-4)
    np.testing.assert_array_equal(model.members[0].columns, kept_features(given, 0.5))
    assert np.asarray(model.encode(images)).shape == (N, 6)
    np.testing.assert_allclose(model.members[0].moments(given)[0], model.encode(images)[:, :3], atol=1e-5)


def test_without_a_filter_all_features_are_kept(images):
    model = fitted(images, filter=False, n_members=1)
    assert model.members[0].hidden[0].shape == (2 * 6, 5)
    assert fitted(images, n_members=1).members[0].hidden[0].shape == (2 * 3, 5)


def test_the_networks_learn_from_drawn_images_and_embed_all(images):
    model = fitted(images, most_shown=16, n_members=1)
    assert np.asarray(model.encode(images)).shape == (N, 6)
    assert 0 <= model.figures(None)["dead_features"] <= 1
    assert model.figures(None)["members"] == 1


def test_colours_are_read(images):
    colours = np.repeat(images, 3, axis=3)
    model = fitted(colours, channels=3, n_members=1)
    assert np.asarray(model.encode(colours)).shape == (N, 6)


def test_a_saved_model_gives_the_same_embeddings(model, images, tmp_path):
    import keras

    archive = keras.export.ExportArchive()
    spec = [tf.TensorSpec((None, SIDE, SIDE, 1), tf.float32)]
    archive.track(model)
    archive.add_endpoint("serve", model.encode, input_signature=spec)
    archive.write_out(tmp_path / "saved", verbose=False)
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    np.testing.assert_allclose(loaded.serve(images), model.encode(images), rtol=1e-4, atol=1e-5)
