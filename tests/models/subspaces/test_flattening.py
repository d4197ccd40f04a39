"""The autoencoder that flattens pictures, and the variational one with several decoders."""

import numpy as np
import pytest

from models.subspaces.flattening import Flattening, flattened
from models.subspaces.settings import SubspaceSettings
from models.subspaces.several_decoders import SeveralDecoders, subspaces

SIDE, N = 9, 96


@pytest.fixture(scope="module")
def images():
    """Bars of several places and levels, (N, SIDE, SIDE, 1) in [0, 1]."""
    generator = np.random.default_rng(0)
    pictures = np.zeros((N, SIDE, SIDE, 1), np.float32)
    for picture in pictures:
        row = generator.integers(SIDE)
        picture[row] = generator.uniform(0.5, 1)
    return pictures


@pytest.fixture(scope="module")
def flattening():
    return Flattening((SIDE, SIDE, 1), n_features=12, n_filters=4)


def test_it_learns_and_its_features_are_not_negative(flattening, images):
    first = flattening.fit(images, seed=1, epochs=1, batch_size=16)
    later = flattening.fit(images, seed=1, epochs=12, batch_size=16)
    assert later < first
    features = flattening.features(images)
    assert features.shape == (N, 12)
    assert features.min() >= 0


def test_each_fit_starts_anew_and_the_same_seed_gives_the_same_weights(flattening, images):
    found = []
    for seed in (3, 4, 3):
        flattening.fit(images, seed, epochs=1, batch_size=16)
        found.append(flattening.features(images))
    np.testing.assert_array_equal(found[0], found[2])
    assert np.abs(found[0] - found[1]).max() > 0.01


def test_kept_features_come_from_their_own_weights_alone(flattening, images):
    flattening.fit(images, seed=5, epochs=1, batch_size=16)
    kept = np.array([2, 7, 11])
    found = np.asarray(flattened(images, flattening.weights(kept)))
    np.testing.assert_allclose(found, flattening.features(images)[:, kept], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(8, 8, 1), (7, 10, 3)])
def test_the_decoder_gives_the_pictures_own_size(shape):
    made = Flattening(shape, n_features=5, n_filters=2)
    assert made.autoencoder.output_shape[1:] == shape


def settings(**values):
    return SubspaceSettings(subspace_dim=4, hidden_units=8, steps_an_epoch=6, **values)


@pytest.fixture(scope="module")
def features():
    generator = np.random.default_rng(2)
    basis = generator.random((3, 20))
    return (generator.random((120, 3)) @ basis).astype(np.float32)


@pytest.mark.parametrize("variance", ["softmax", "log"])
def test_the_variance_is_positive_and_the_loss_falls(features, variance):
    short, long = (
        SeveralDecoders(20, settings(variance=variance, vae_epochs=epochs, warm_up_epochs=1)).fit_to(
            features, seed=0
        )
        for epochs in (1, 15)
    )
    assert long < short
    model = SeveralDecoders(20, settings(variance=variance, vae_epochs=1, warm_up_epochs=0))
    model.fit_to(features, seed=0)
    mean, spread = (np.asarray(part) for part in model.moments(features))
    assert mean.shape == spread.shape == (120, 4)
    assert spread.min() > 0
    if variance == "softmax":
        np.testing.assert_allclose(spread.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("variance", ["softmax", "log"])
@pytest.mark.parametrize("warm_up", [1.0, 0.0])
def test_a_variance_that_is_0_leaves_finite_weights(features, variance, warm_up):
    model = SeveralDecoders(20, settings(variance=variance))
    model(features[:1])
    model.spread.bias.assign([0.0, 0.0, 0.0, -300.0])  # exp(-300) is 0 in float32
    assert (np.asarray(model.moments(features)[1]) == 0).any()
    model.warm_up.assign(warm_up)
    model.train_on_batch(features)
    assert all(np.isfinite(weight).all() for weight in model.get_weights())


def test_a_loss_that_is_not_finite_ends_the_fit(features):
    model = SeveralDecoders(20, settings(vae_epochs=2, warm_up_epochs=1))
    with pytest.raises(FloatingPointError, match="several_decoders has diverged in epoch 1 of 1: .* nan"):
        model.fit_to(features * np.float32(np.nan), seed=0)


def test_each_decoder_has_its_own_noise(features):
    model = SeveralDecoders(20, settings(n_decoders=3, noise=1.0))
    first = model(features)
    assert len(first) == 5
    again = model(features)
    assert np.abs(np.asarray(first[2]) - np.asarray(again[2])).max() > 0


def test_the_same_seed_gives_the_same_latents(features):
    model = SeveralDecoders(20, settings(vae_epochs=2, warm_up_epochs=1))
    found = []
    for seed in (1, 2, 1):
        model.fit_to(features, seed)
        found.append(np.asarray(model.moments(features)[0]))
    np.testing.assert_array_equal(found[0], found[2])
    assert np.abs(found[0] - found[1]).max() > 0.01


def test_subspaces_are_draws_about_the_mean():
    mean, variance = np.full((4000, 2), 3.0), np.full((4000, 2), 0.25)
    drawn = subspaces(mean, variance, 3, 0.5, random_state=7)
    assert drawn.shape == (3, 4000, 2)
    # 24,000 draws of deviation .25: their mean is within five of its own deviations.
    assert abs(drawn.mean() - 3) < 5 * 0.25 / np.sqrt(drawn.size)
    np.testing.assert_array_equal(drawn, subspaces(mean, variance, 3, 0.5, random_state=7))
    assert (subspaces(mean, variance, 1, 0.0, 0)[0] == mean).all()
