"""P0's adversarial autoencoder while it trains: what each of its losses moves."""

import keras
import numpy as np

from models.autoencoders.discriminator import judge
from tests.models.autoencoders.small_aae import compiled_aae, moved_aae


def test_one_step_of_the_aae_moves_all_three_networks_by_their_own_optimizers():
    model = compiled_aae()
    assert model.discriminator_optimizer is not model.optimizer
    assert float(model.discriminator_optimizer.beta_1) == 0.5
    parts = (model.encoder, model.decoder, model.discriminator)
    before = [[w.numpy() for w in part.trainable_variables] for part in parts]
    logs = model.train_on_batch(np.random.default_rng(0).random((4, 64, 64, 3), np.float32), return_dict=True)
    assert {"reconstruction", "discriminator", "generator", "discriminator_accuracy"} <= set(logs)
    for part, old in zip(parts, before, strict=True):
        changes = [np.abs(w.numpy() - o).max() for w, o in zip(part.trainable_variables, old, strict=True)]
        assert min(changes) > 0


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
