"""P0's adversarial autoencoder: table III and equation 4."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders import aae
from models.autoencoders.aae import AAE, cross_entropy, scale_codes, whiten_embedding
from models.autoencoders.discriminator import build_discriminator, judge
from models.training.optimization import build_optimizer
from models.training_settings import TrainingSettings
from tests.bounds import of_network, of_sum
from tests.models.autoencoders.small_aae import compiled_aae


def test_table_3_holds_row_for_row():
    dense = [layer for layer in build_discriminator(512).layers if layer.count_params()]
    assert [(layer.output.shape[1], layer.count_params()) for layer in dense] == [
        (512, 262_656),
        (512, 262_656),
        (512, 262_656),
        (512, 262_656),
        (1, 513),
    ]
    assert build_discriminator(512).count_params() == 1_051_137
    assert build_discriminator(512, paper_linear=True).count_params() == 1_051_137


def test_the_discriminator_as_printed_is_one_linear_map():
    keras.utils.set_random_seed(0)
    latents = np.random.default_rng(0).standard_normal((2, 8)).astype(np.float32)
    for paper_linear in (True, False):
        model = build_discriminator(8, paper_linear, units=16)
        halfway, ends = model(latents.mean(axis=0, keepdims=True)), model(latents)
        off = float(np.abs(halfway - np.asarray(ends).mean(axis=0)).max() / np.abs(ends).max())
        assert (off < of_network(model)) == paper_linear


@pytest.mark.parametrize("schedule", ["constant", "cosine", "warmup_cosine"])
@pytest.mark.parametrize(("penalty", "times"), [(0.0, 1.0), (50.0, 5.0)])
def test_a_penalised_discriminator_learns_faster(schedule, penalty, times):
    model = AAE(latent_dim=4, base_filters=4, discriminator_penalty=penalty)
    model.compile(build_optimizer(TrainingSettings(schedule=schedule, learning_rate=1e-3), 100))
    for step in (0, 7, 40):
        for optimizer, _ in model.optimizers():
            optimizer.iterations.assign(step)
        own, judges = (float(optimizer.learning_rate) for optimizer, _ in model.optimizers())
        assert judges == pytest.approx(times * own, rel=of_sum(4))


def test_the_first_codes_have_mean_0_and_covariance_1():
    model = AAE(latent_dim=6, base_filters=4)
    images = np.random.default_rng(0).random((40, 64, 64, 3)).astype(np.float32)
    kernel = model.encoder.get_layer("embedding").kernel
    kernel.assign(0.01 * np.asarray(kernel))  # how much they vary at first says nothing
    whiten_embedding(model.encoder, images)
    codes = np.asarray(model.encoder(images, training=True))
    # A direction may be stretched thirty times the average, and what float32 left in it.
    off = 30 * of_network(model.encoder)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=off)
    np.testing.assert_allclose(np.cov(codes.T), np.eye(6), atol=2 * off)
    few = AAE(latent_dim=6, base_filters=4)
    whiten_embedding(few.encoder, images[:4])  # fewer images than latents
    assert np.isfinite(np.asarray(few.encode(images))).all()


def test_the_last_codes_have_mean_0_and_variance_1_and_the_same_reconstructions():
    model = AAE(latent_dim=6, base_filters=4)
    images = np.random.default_rng(0).random((300, 64, 64, 3)).astype(np.float32)
    model.encoder.get_layer("embedding").bias.assign([3.0, -1.0, 0.0, 0.5, 0.1, 7.0])
    before = np.asarray(model.decode(model.encode(images[:20])))
    codes = np.asarray(model.encode(images))
    spread = np.abs(codes).max() / codes.std(axis=0).min()
    scale_codes(model, images)
    codes = np.asarray(model.encode(images))
    # Means were up to 7, of codes that vary by far less: it is rounded in these.
    off = of_network(model.encoder) * spread
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=off)
    np.testing.assert_allclose(codes.std(axis=0), 1, atol=off)
    off = (of_network(model.encoder) * spread + of_network(model.decoder)) * np.abs(before).max()
    np.testing.assert_allclose(model.decode(model.encode(images[:20])), before, rtol=0, atol=off)


def test_a_latent_that_does_not_vary_is_not_made_of_rounding():
    model = AAE(latent_dim=2, base_filters=4)
    last = model.encoder.get_layer("embedding")
    last.kernel.assign(np.asarray(last.kernel) * [1.0, 1e-9])
    before = np.asarray(last.kernel)
    scale_codes(model, np.random.default_rng(0).random((40, 64, 64, 3)).astype(np.float32))
    first, second = np.linalg.norm(last.kernel, axis=0) / np.linalg.norm(before, axis=0)
    # Thirty times the average, which is half of the first's: the second's is 1e-9 of it.
    assert second == pytest.approx(60 * first, rel=of_sum(len(before)))


def outputs_of(real, fake, slope=0.0):
    """Outputs whose reconstruction is perfect, with these logits, and the images."""
    images = tf.zeros((8, 64, 64, 3))
    logits = {"real": real, "fake": fake, "fake_fixed": fake}
    outputs = {name: tf.fill((8, 1), value) for name, value in logits.items()}
    return images, outputs | {"slope": slope * tf.ones((8, 4)), "reconstruction": images}


def test_the_discriminator_takes_the_prior_for_real_and_the_codes_for_fake():
    # The authors' code has them the other way round.
    model = compiled_aae()
    terms = model.loss_terms(*outputs_of(9.0, -9.0))
    assert float(terms["discriminator"]) < 1e-3
    assert float(terms["discriminator_accuracy"]) == 1.0
    assert float(terms["generator"]) == pytest.approx(9.0, rel=1e-3)  # the encoder is far from fooling it


def test_the_terms_by_hand():
    """Where it cannot tell, each of its two cross-entropies is log 2; a gradient of four times 3 is 36 long."""
    model = compiled_aae()
    terms = model.loss_terms(*outputs_of(0.0, 0.0, slope=3.0))
    assert float(terms["discriminator"]) == pytest.approx(np.log(2), rel=of_sum(16))
    assert float(terms["penalty"]) == pytest.approx(36 / 2, rel=of_sum(32))
    for real, fake, right in ((0.5, -0.5, 1.0), (-0.5, -0.5, 0.5), (0.5, 0.5, 0.5), (-0.5, 0.5, 0.0)):
        assert float(model.loss_terms(*outputs_of(real, fake))["discriminator_accuracy"]) == right


def test_the_gradients_of_the_logits_are_those_of_a_tape():
    for linear in (False, True):
        discriminator = build_discriminator(5, paper_linear=linear, units=7)
        latents = tf.constant(np.random.default_rng(0).standard_normal((6, 5)), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(latents)
            logits = discriminator(latents)
        expected = tape.gradient(logits, latents)
        judged, gradients = judge(discriminator, latents)
        for one, other in ((judged, logits), (gradients, expected)):
            off = of_network(discriminator) * np.abs(other).max()
            np.testing.assert_allclose(one, other, rtol=0, atol=off)


def test_the_discriminators_loss_does_not_reach_the_encoder():
    model = compiled_aae()
    images = tf.constant(np.random.default_rng(0).random((4, 64, 64, 3), np.float32))
    with tf.GradientTape() as tape:
        loss = model.loss_terms(images, model(images, training=True))["discriminator"]
    gradients = tape.gradient(loss, model.encoder.trainable_variables)
    assert all(gradient is None for gradient in gradients)


def test_cross_entropy_is_stable_where_sigmoids_saturate():
    logits = tf.constant([[200.0], [-200.0]])
    assert float(cross_entropy(logits, True)) == pytest.approx(100.0)
    assert float(cross_entropy(logits, False)) == pytest.approx(100.0)


def test_encoder_and_decoder_learn_from_two_terms_and_are_validated_by_one():
    model = compiled_aae()
    images = np.random.default_rng(0).random((4, 64, 64, 3)).astype(np.float32)
    terms = model.loss_terms(images, model(images, training=True))
    alone = float(model.weighted_sum(terms, 4, training=False))
    assert alone == pytest.approx(float(terms["reconstruction"]), rel=of_sum(5))
    both = float(model.weighted_sum(terms, 4, training=True))
    assert both == pytest.approx(alone + 0.5 * float(terms["generator"]), rel=of_sum(5))


def test_the_figures_tell_how_normal_the_codes_are(monkeypatch):
    monkeypatch.setattr(aae, "normality_figures", lambda codes: {"shape": codes.shape})
    assert AAE.tells_of_embeddings
    assert AAE.generates
    assert compiled_aae().figures(np.zeros((50, 4))) == {"shape": (50, 4)}


def test_a_model_that_is_compiled_as_another_was_has_both_its_optimizers():
    again = AAE(latent_dim=4, base_filters=4)
    again.compile_from_config(compiled_aae().get_compile_config())
    for optimizer, variables in again.optimizers():
        assert optimizer.built
        assert len(optimizer.variables) > len(variables)
