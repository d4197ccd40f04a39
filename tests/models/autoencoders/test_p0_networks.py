"""P0's VAE and AAE: table III, equations 3 and 4, and what their figures say."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.aae import AAE, cross_entropy, scale_codes, whiten_embedding
from models.autoencoders.discriminator import build_discriminator, judge
from models.autoencoders.normality import mmd2, normality_figures
from models.autoencoders.vae import VAE, kl_to_standard_normal
from models.clustering.probability import distributions as tfd
from models.training.optimization import build_optimizer
from models.training_settings import TrainingSettings
from tests.bounds import of_mean, of_network, of_sum


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


def test_active_units_are_those_that_vary():
    embeddings = np.zeros((100, 5), np.float32)
    embeddings[:, 1] = np.linspace(-1, 1, 100)
    embeddings[:, 3] = 7.0
    assert VAE(latent_dim=5, base_filters=4).figures(embeddings) == {"active_units": 1}


def compiled_aae(learning_rate=1e-3, **settings):
    model = AAE(latent_dim=4, base_filters=4, adversarial_weight=0.5, **settings)
    settings = TrainingSettings(beta_1=0.5, learning_rate=learning_rate)
    model.compile(build_optimizer(settings, 10), jit_compile=False)
    return model


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


def test_the_discriminator_takes_the_prior_for_real_and_the_codes_for_fake():
    # The authors' code has them the other way round.
    model = compiled_aae()
    outputs = {name: tf.fill((8, 1), value) for name, value in
               (("real", 9.0), ("fake", -9.0), ("fake_fixed", -9.0), ("slope", 0.0))}  # fmt: skip
    outputs["reconstruction"] = images = tf.zeros((8, 64, 64, 3))
    terms = model.loss_terms(images, outputs)
    assert float(terms["discriminator"]) < 1e-3
    assert float(terms["discriminator_accuracy"]) == 1.0
    assert float(terms["generator"]) == pytest.approx(9.0, rel=1e-3)  # the encoder is far from fooling it


def moved_aae(**settings):
    """An AAE whose codes start 3 deviations from the prior's mean, and images to train on."""
    keras.utils.set_random_seed(0)
    model = AAE(latent_dim=4, base_filters=4, discriminator_penalty=0.0, **settings)
    images = np.random.default_rng(0).random((16, 64, 64, 3), np.float32)
    whiten_embedding(model.encoder, images)
    model.encoder.get_layer("embedding").bias.assign_add(np.full(4, 3.0, np.float32))
    model.compile(build_optimizer(TrainingSettings(beta_1=0.5, learning_rate=1e-3), 100), jit_compile=False)
    return model, images


def test_training_teaches_the_discriminator_to_tell_codes_from_the_prior():
    model, images = moved_aae(adversarial_weight=0.0)
    for _ in range(60):
        model.train_on_batch(images)
    prior = np.random.default_rng(1).standard_normal((200, 4)).astype(np.float32)
    codes = np.asarray(model.encode(images))
    assert (np.asarray(model.discriminator(prior)) > 0).mean() > 0.9
    assert (np.asarray(model.discriminator(codes)) < 0).mean() > 0.9


def test_training_moves_the_codes_towards_the_prior_by_the_generators_weight():
    away = {}
    for weight in (0.0, 1.0):
        model, images = moved_aae(adversarial_weight=weight)
        for _ in range(120):
            model.train_on_batch(images)
        # BatchNorm sees the images as one batch, as in training: its moving figures come too late.
        codes = np.asarray(model.encoder(images, training=True))
        away[weight] = np.linalg.norm(codes.mean(axis=0))
    assert away[1.0] < 0.7 * away[0.0]


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


def mmd2_of_wide(factor, d):
    """MMD^2 of N(0, factor^2 I) to N(0, I), |a - b|^2 taken as its mean: right for many dimensions."""
    kernel = lambda variance: 1 / (1 + variance / 2)  # noqa: E731
    return kernel(2 * factor**2) + kernel(2) - 2 * kernel(1 + factor**2)


def test_normal_latents_pass_and_others_do_not():
    generator = np.random.default_rng(1)
    normal = normality_figures(generator.standard_normal((400, 6)))
    assert normal["mmd2"] < normal["mmd2_prior_95"] * 1.5
    assert normal["largest_mean"] < of_mean(1, 400)
    assert normal["near_normal"]
    wide = normality_figures(1.6 * generator.standard_normal((400, 6)))
    assert wide["mmd2"] > 5 * wide["mmd2_prior_95"]
    assert wide["smallest_variance"] > 2  # 2.56, and a deviation of 0.18
    assert not wide["near_normal"]
    many = normality_figures(generator.standard_normal((900, 128)))
    assert many["mmd2_too_wide"] == pytest.approx(mmd2_of_wide(1.2, 128), rel=0.3)  # 0.3 for a mean's sake
    slightly_wide = normality_figures(1.3 * generator.standard_normal((900, 128)))
    assert slightly_wide["largest_variance"] < 2.3  # of 128, each 1.69 with a deviation of 0.08
    assert not slightly_wide["near_normal"]
    two_lumps = normality_figures(generator.choice([-1.0, 1.0], (450, 2)))  # the right moments, no more
    assert two_lumps["mmd2"] > 3 * two_lumps["mmd2_prior_95"]


def test_mmd_is_the_mean_over_pairs():
    generator = np.random.default_rng(0)
    a, b = generator.standard_normal((5, 3)), generator.standard_normal((4, 3)) + 1

    def kernel(x, y):
        return 6.0 / (6.0 + ((x - y) ** 2).sum())

    within = np.mean([kernel(x, y) for i, x in enumerate(a) for j, y in enumerate(a) if i != j])
    within += np.mean([kernel(x, y) for i, x in enumerate(b) for j, y in enumerate(b) if i != j])
    between = np.mean([kernel(x, y) for x in a for y in b])
    assert mmd2(a, b) == pytest.approx(within - 2 * between)
