"""BatchNorm's statistics measured anew for averaged weights."""

import keras
import numpy as np

from models.autoencoders.batch_norm import BatchNorm
from models.autoencoders.cae import CAE
from models.training.moving_average import batch_norms, measure_batch_norm
from models.training.train import train
from tests.bounds import of_batch_norms, of_network, of_sum
from tests.models.training.test_train import NARROW, images

FLOAT32 = NARROW.changed(dtype="float32")


def first_and_its_input(model, pictures):
    """The encoder's first BatchNorm and what it receives for pictures (n, H, W, 3): (n, h, w, c)."""
    first = next(layer for layer in model.encoder.layers if isinstance(layer, BatchNorm))
    return first, np.asarray(keras.Model(model.encoder.input, first.input)(pictures), np.float32)


def test_over_one_batch_inference_gives_what_training_gives(tmp_path):
    examples = images(16)
    model, _ = train(examples, images(4, 9), FLOAT32.changed(epochs=1), tmp_path)
    pictures = examples.array("image")
    momenta = [layer.momentum for layer in batch_norms(model)]
    before = np.asarray(model.encode(pictures))
    measure_batch_norm(model, examples, 16)
    expected = np.asarray(model.encoder(pictures, training=True))
    off = of_batch_norms(batch_norms(model.encoder)) * of_network(model) * np.abs(expected).max()
    assert np.abs(before - expected).max() > 10 * off
    np.testing.assert_allclose(model.encode(pictures), expected, rtol=0, atol=off)
    assert [layer.momentum for layer in batch_norms(model)] == momenta


def test_over_many_batches_it_is_their_mean():
    examples = images(16)
    model = CAE(latent_dim=4, base_filters=4)
    measure_batch_norm(model, examples, 4)
    first, seen = first_and_its_input(model, examples.array("image"))
    off = of_sum(seen[..., 0].size) * np.abs(seen).max()
    np.testing.assert_allclose(first.moving_mean, seen.mean(axis=(0, 1, 2)), rtol=0, atol=off)


def test_a_run_with_averages_returns_statistics_of_the_averaged_weights(tmp_path):
    examples = images(16)
    settings = FLOAT32.changed(epochs=2, ema=0.9, learning_rate=1e-2)
    model, _ = train(examples, images(4, 9), settings, tmp_path)
    first, seen = first_and_its_input(model, examples.array("image"))
    off = of_sum(seen[..., 0].size) * np.abs(seen).max()
    np.testing.assert_allclose(first.moving_mean, seen.mean(axis=(0, 1, 2)), rtol=0, atol=off)
