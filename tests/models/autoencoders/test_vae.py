"""P0's variational autoencoder: equation 3, and what its figures say."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.vae import VAE, build_encoder, kl_to_standard_normal
from models.clustering.probability import distributions as tfd
from models.training.optimization import build_optimizer
from models.training_settings import TrainingSettings
from tests.bounds import of_sum


def test_the_kl_is_that_of_tensorflow_probability():
    generator = np.random.default_rng(0)
    mean, log_variance = (generator.standard_normal((5, 7)).astype(np.float32) for _ in range(2))
    q = tfd.MultivariateNormalDiag(mean, np.exp(0.5 * log_variance))
    p = tfd.MultivariateNormalDiag(np.zeros(7, np.float32), np.ones(7, np.float32))
    expected = tfd.kl_divergence(q, p).numpy()
    sizes = (np.exp(log_variance) + mean**2 + 1 + np.abs(log_variance)).sum(axis=1) / 2  # of what is summed
    found = kl_to_standard_normal(mean, log_variance)
    np.testing.assert_allclose(found, expected, rtol=0, atol=of_sum(4 * 7) * sizes.max())


def test_the_vae_has_no_batch_norm_and_its_loss_is_the_negative_elbo_up_to_a_constant():
    model = VAE(latent_dim=4, base_filters=4)
    kinds = {type(layer).__name__ for layer in model._flatten_layers()}
    assert "BatchNorm" not in kinds
    images = np.random.default_rng(0).random((3, 64, 64, 3), np.float32)
    outputs = model(images)
    terms = model.loss_terms(images, outputs)
    told = np.asarray(outputs["reconstruction"], np.float64)  # the constant is far larger than what is left
    likelihood = tfd.Independent(tfd.Normal(told, np.float64(1)), 3).log_prob(images.astype(np.float64))
    values = 64 * 64 * 3
    expected = float(tf.reduce_mean(-likelihood)) - 0.5 * values * np.log(2 * np.pi)
    assert float(terms["reconstruction"]) == pytest.approx(expected, rel=of_sum(values))


def test_the_vae_decodes_a_draw_of_its_posterior():
    """z = mean + exp(log variance / 2) * noise: of another deviation, or without noise, equation 3 is another."""
    model = VAE(latent_dim=3, base_filters=4)
    mean, deviation, n = np.array([0.0, -2.0, 5.0]), np.array([0.5, 1.0, 3.0]), 4000
    told = [np.tile(values, (n, 1)).astype(np.float32) for values in (mean, 2 * np.log(deviation))]
    drawn = []
    model.__dict__["encoder"] = lambda images, training: told
    model.__dict__["decoder"] = lambda latents, training: drawn.append(np.asarray(latents)) or latents
    model.call(np.zeros((n, 64, 64, 3), np.float32), training=True)
    (latents,) = drawn
    np.testing.assert_allclose(latents.mean(axis=0), mean, rtol=0, atol=5 * deviation.max() / np.sqrt(n))
    # A deviation of n draws has a standard error of its share 1 / sqrt(2 n).
    np.testing.assert_allclose(latents.std(axis=0), deviation, rtol=5 / np.sqrt(2 * n))


def test_the_kl_warms_up_in_training_and_never_in_validation():
    model = VAE(latent_dim=4, base_filters=4, beta=2.0, kl_warmup_epochs=2.0)
    model.steps_per_epoch = 5
    model.compile(build_optimizer(TrainingSettings(), 10))
    weights = []
    for step in (0, 5, 10, 50):
        model.optimizer.iterations.assign(step)
        weights.append(float(model.term_weights(training=True)["kl"]))
    assert weights == [0.0, 1.0, 2.0, 2.0]
    assert model.term_weights(training=False)["kl"] == 2.0
    model.optimizer.iterations.assign(0)
    assert model.term_weights(training=False)["kl"] == 2.0
    for epochs, expected in ((0.2, 0.0), (0.0, 2.0)):  # a warm-up of one step, and none
        model.kl_warmup_epochs = epochs
        assert float(model.term_weights(training=True)["kl"]) == expected


def test_the_encoder_is_table_1_with_two_heads():
    encoder = build_encoder()
    assert [output.shape for output in encoder.outputs] == [(None, 128), (None, 128)]
    widths = [layer.filters for layer in encoder.layers if hasattr(layer, "filters")]
    assert widths[0] == 128
    head = encoder.get_layer("log_variance")
    # It begins near the prior's variance: uniform, of a hundredth of the usual variance.
    limit = np.sqrt(3 * 0.01 / (sum(head.kernel.shape) / 2))
    largest = np.abs(np.asarray(head.kernel)).max()
    assert 0.99 * limit < largest <= limit * (1 + 1e-6)


def test_the_log_variance_is_bounded():
    encoder = build_encoder(3, 4)
    head = encoder.get_layer("log_variance")
    for bias, expected in ((100.0, 12.0), (-100.0, -12.0)):
        head.bias.assign(np.full(3, bias, np.float32))
        np.testing.assert_array_equal(encoder(np.zeros((2, 64, 64, 3), np.float32))[1], expected)


def test_the_embedding_is_the_mean():
    model = VAE(latent_dim=3, base_filters=4)
    images = np.random.default_rng(0).random((2, 64, 64, 3), np.float32)
    np.testing.assert_array_equal(model.encode(images), model.encoder(images, training=False)[0])


def test_a_picture_is_corrupted_in_training_only():
    model, asked = VAE(latent_dim=3, base_filters=4), []
    assert model.built
    assert model.generates
    assert model.tells_of_embeddings
    corruption = model.corruption
    model.__dict__["corruption"] = lambda images, training: asked.append(training) or corruption(images)
    images = np.zeros((1, 64, 64, 3), np.float32)
    model.call(images)
    model.call(images, training=True)
    assert asked == [False, True]


def test_active_units_are_those_that_vary():
    embeddings = np.zeros((100, 5), np.float32)
    embeddings[:, 1] = np.linspace(-1, 1, 100)
    embeddings[:, 3] = 7.0
    assert VAE(latent_dim=5, base_filters=4).figures(embeddings) == {"active_units": 1}
