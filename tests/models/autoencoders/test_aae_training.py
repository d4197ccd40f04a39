"""P0's adversarial autoencoder while it trains: what each of its losses moves."""

import keras
import numpy as np
import tensorflow as tf

from models.autoencoders.discriminator import judge
from models.contract import mean_squared_error
from tests.bounds import of_network, of_sum
from tests.models.autoencoders.small_aae import compiled_aae, moved_aae


def test_one_step_of_the_aae_moves_all_three_networks_by_their_own_optimizers():
    model = compiled_aae()
    assert model.discriminator_optimizer is not model.optimizer
    assert float(model.discriminator_optimizer.beta_1) == 0.5
    parts = (model.encoder, model.decoder, model.discriminator)
    before = [[w.numpy() for w in part.trainable_variables] for part in parts]
    means = [w.numpy() for w in model.encoder.non_trainable_variables if "moving_mean" in w.path]
    logs = model.train_on_batch(np.random.default_rng(0).random((4, 64, 64, 3), np.float32), return_dict=True)
    assert {"reconstruction", "discriminator", "generator", "discriminator_accuracy"} <= set(logs)
    for part, old in zip(parts, before, strict=True):
        changes = [np.abs(w.numpy() - o).max() for w, o in zip(part.trainable_variables, old, strict=True)]
        assert min(changes) > 0
    moved = [w.numpy() for w in model.encoder.non_trainable_variables if "moving_mean" in w.path]
    assert means  # BatchNorm learns what it saw
    assert all((one != other).any() for one, other in zip(means, moved, strict=True))
    # A mean over batches counts pictures.
    assert {float(mean.count) for mean in (model._loss_tracker, *model.term_means.values())} == {4.0}


def test_a_step_is_as_long_as_the_gradient_of_the_loss():
    """By plain descent; Adam's steps are as long whatever the loss is multiplied by."""
    model = compiled_aae()
    model.compile(keras.optimizers.SGD(0.1), jit_compile=False)
    images = np.random.default_rng(0).random((4, 64, 64, 3)).astype(np.float32)
    with tf.GradientTape() as tape:
        codes = model.encoder(images, training=True)
        loss = mean_squared_error(images, model.decoder(codes, training=True))
    bias = model.decoder.trainable_variables[-1]
    expected = -0.1 * tape.gradient(loss, bias).numpy()
    before = bias.numpy()
    model.train_on_batch(images)
    off = of_network(model) * np.abs(expected).max() + of_sum(2) * np.abs(before).max()
    np.testing.assert_allclose(bias.numpy() - before, expected, rtol=0, atol=off)
    assert np.abs(expected).max() > 10 * off


def test_training_teaches_the_discriminator_to_tell_codes_from_the_prior():
    model, images = moved_aae(adversarial_weight=0.0)
    for _ in range(30):
        model.train_on_batch(images)
    prior = np.random.default_rng(1).standard_normal((200, 4)).astype(np.float32)
    codes = np.asarray(model.encode(images))
    assert (np.asarray(model.discriminator(prior)) > 0).mean() > 0.9
    assert (np.asarray(model.discriminator(codes)) < 0).mean() > 0.9


def test_training_moves_the_codes_towards_the_prior_by_the_generators_weight():
    away = {}
    for weight in (0.0, 1.0):
        model, images = moved_aae(adversarial_weight=weight)
        for _ in range(60):
            model.train_on_batch(images)
        # BatchNorm sees the images as one batch, as in training: its moving figures come too late.
        codes = np.asarray(model.encoder(images, training=True))
        away[weight] = np.linalg.norm(codes.mean(axis=0))
    assert away[1.0] < 0.7 * away[0.0]


def test_the_penalty_flattens_the_discriminator_and_nothing_else():
    images = np.random.default_rng(0).random((8, 64, 64, 3)).astype(np.float32)
    models = {}
    for penalty in (1e-6, 100.0):
        keras.utils.set_random_seed(0)
        models[penalty] = compiled_aae(learning_rate=1e-5, discriminator_penalty=penalty)
        models[penalty].train_on_batch(images)
    unpenalised, penalised = models.values()
    for part in ("encoder", "decoder"):
        for a, b in zip(getattr(unpenalised, part).weights, getattr(penalised, part).weights, strict=True):
            np.testing.assert_array_equal(a, b)
    latents = np.random.default_rng(1).standard_normal((50, 4)).astype(np.float32)
    steep, flat = (float(np.square(judge(m.discriminator, latents)[1]).sum()) for m in models.values())
    assert flat < steep
