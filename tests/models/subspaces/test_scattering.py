"""The model: what it is fitted on, what it keeps, and that it comes back from a file and from a graph."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.catalog import build_model
from models.inputs.training_data import ExampleSet
from models.subspaces import spread_rows
from models.subspaces.scattering import Scattering
from models.subspaces.wavelet_scattering import n_paths, scattering
from tests.bounds import of_network, of_sum

SMALL = {"side": 10, "n_angles": 2, "latent_dim": 6}


def pictures(n, side=10, channels=1, seed=0):
    """n smooth pictures (n, side, side, channels) float32 in [0, 1]."""
    coarse = np.random.default_rng(seed).random((n, 4, 4, channels), np.float32)
    return tf.image.resize(coarse, (side, side)).numpy()


def example_set(images):
    return ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images))


def fitted(images, **settings):
    model = Scattering(side=images.shape[1], channels=images.shape[3], **settings)
    model.start_from(example_set(images))
    return model


@pytest.fixture(scope="module")
def model():
    return fitted(pictures(40), n_angles=2, latent_dim=6)


@pytest.mark.parametrize(("side", "channels"), [(10, 1), (9, 3)])
def test_embeddings_are_coordinates_on_the_axes_of_channels_over_their_rms(side, channels):
    images = pictures(30, side, channels)
    model = fitted(images, n_angles=2, latent_dim=5)
    found = scattering(images, 2, 2).numpy().astype(np.float64)
    assert found.shape[-1] == channels * n_paths(2, 2)
    loudness = np.sqrt(np.square(found).mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(model.scales, loudness, rtol=of_sum(found[..., 0].size))
    rows = (found / loudness).reshape(30, -1)
    centred = rows - rows.mean(axis=0)
    variances = np.linalg.svd(centred, compute_uv=False) ** 2 / 30
    codes = np.asarray(model.encode(images), np.float64)
    # Rounding of a code is a share of what is multiplied; a variance is its square.
    size = np.square(rows).sum(axis=1).max()
    off = 2 * of_sum(rows.shape[1]) * size
    np.testing.assert_allclose(np.square(codes).mean(axis=0), variances[:5], rtol=0, atol=off)
    kept = variances[:5].sum() / variances.sum()
    facts = model.figures(None)
    assert (facts["fitted_on"], facts["latent_dim"]) == (30, 5)
    assert facts["kept_variance"] == pytest.approx(kept, abs=off / variances.sum())


def test_of_few_pictures_there_are_fewer_axes_which_is_told(caplog):
    images = pictures(5)
    with caplog.at_level(logging.WARNING):
        model = fitted(images, n_angles=2, latent_dim=6)
    assert "5 pictures have 4 principal axes at most: latent_dim is 4, and not 6" in caplog.text
    codes = np.asarray(model.encode(images))
    assert codes.shape == (5, 6)
    np.testing.assert_array_equal(codes[:, 4:], 0)
    assert (codes[:, :4].var(axis=0) > 0).all()


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_equal_pictures_are_refused(level):
    with pytest.raises(ValueError, match="All 6 pictures look the same"):
        fitted(np.full((6, 10, 10, 1), level, np.float32), n_angles=2)


def test_a_silent_channel_is_not_made_loud():
    """Pictures that are flat have only an average: what rounding leaves in the others stays quiet."""
    images = np.linspace(0.1, 1, 12, dtype=np.float32)[:, None, None, None] * np.ones((1, 10, 10, 1), "f")
    model = fitted(images, n_angles=2, latent_dim=2)
    codes = np.asarray(model.encode(images))
    assert codes[:, 0].var() > 100 * codes[:, 1].var()
    assert np.isfinite(codes).all()


def test_of_many_pictures_some_spread_evenly_are_read(monkeypatch):
    images = pictures(24)
    monkeypatch.setattr(spread_rows, "MOST_NUMBERS", 9 * 81)
    rows = spread_rows.spread_rows(example_set(images), lambda some: tf.reshape(some, (-1, 100))[:, :81], 81)
    chosen = [int(place) for place in np.linspace(0, 23, 9)]
    np.testing.assert_array_equal(rows, images.reshape(24, 100)[chosen, :81])


def test_a_file_gives_the_same_embeddings(model, tmp_path):
    images = pictures(7, seed=1)
    expected = model.encode(images)
    model.save(tmp_path / "m.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "m.keras").encode(images), expected)
    model.save_weights(tmp_path / "m.weights.h5")
    other = Scattering(**SMALL)
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.encode(images), expected)


def test_a_saved_graph_gives_the_same_embeddings(model, tmp_path):
    images = pictures(7, seed=1)
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = tf.TensorSpec((None, 10, 10, 1), tf.float32)
    archive.add_endpoint("encode", model.encode, input_signature=[spec])
    archive.write_out(str(tmp_path), verbose=False)
    served = tf.saved_model.load(str(tmp_path))
    expected = np.asarray(model.encode(images))
    off = of_network(model) * np.abs(expected).max()
    for count in (7, 1):
        np.testing.assert_allclose(served.encode(images[:count]), expected[:count], rtol=0, atol=off)


def test_the_fit_is_the_same_again(model):
    again = fitted(pictures(40), n_angles=2, latent_dim=6)
    images = pictures(7, seed=1)
    np.testing.assert_array_equal(again.encode(images), model.encode(images))


def test_narrow_pictures_and_few_places():
    images = pictures(12, 8)
    codes = np.asarray(fitted(images, n_angles=1, latent_dim=3).encode(images))
    assert codes.shape == (12, 3)
    assert np.isfinite(codes).all()


def test_pictures_of_another_size_are_refused(model):
    with pytest.raises(ValueError, match=r"do not fit scattering. Expected \(n, 10, 10, 1\); received"):
        model.encode(pictures(2, 10, 3))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"side": 7}, "side=7 is not possible. Expected at least 8 with n_scales=2"),
        ({"side": 15, "n_scales": 3}, "Expected at least 16 with n_scales=3"),
        ({"channels": 2}, "channels=2 is not possible. Expected 1 or 3"),
        ({"n_angles": 0}, "n_angles=0 is not possible"),
    ],
)
def test_impossible_settings_are_told(values, told):
    with pytest.raises(ValueError, match=told):
        build_model("scattering", **values)
