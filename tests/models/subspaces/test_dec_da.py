"""Deep embedded clustering: its formulas by hand, its four methods on planted pictures, its files."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import adjusted_rand_score

from models.catalog import build_model
from models.inputs.training_data import ExampleSet
from models.subspaces import dec_da
from models.subspaces.dec_da import (
    DeepFit,
    dense_layers,
    divergence,
    log_soft_assignment,
    soft_assignment,
    target_distribution,
)

N, SIDE, GROUPS = 90, 8, 3
NARROW = {
    "side": SIDE,
    "n_groups": GROUPS,
    "hidden_units": 16,
    "wide_units": 24,
    "code_units": 4,
    "pretrain_epochs": 60,
    "pretrain_optimizer": "adam",
    "clustering_steps": 60,
}


def planted():
    """(pictures (n, 8, 8, 1) float32 in [0, 1], group of each): bars across, bars down, and a block."""
    generator = np.random.default_rng(0)
    shapes = np.zeros((GROUPS, SIDE, SIDE, 1), np.float32)
    shapes[0, 3:5] = 0.8
    shapes[1, :, 3:5] = 0.8
    shapes[2, :3, :3] = 0.8
    truth = generator.permutation(np.arange(N) % GROUPS)
    return np.clip(shapes[truth] + 0.05 * generator.random((N, SIDE, SIDE, 1)), 0, 1).astype(
        np.float32
    ), truth


def fitted(images, seed=0, **values):
    model = build_model("dec_da", seed, **{**NARROW, **values})
    model.start_from(ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), len(images)))
    return model


def test_soft_assignment_is_students_t_by_hand():
    codes = np.array([[0.0, 0.0], [1.0, 1.0]], np.float32)
    centres = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]], np.float32)
    # Squared distances 0, 1, 4 and 2, 1, 2: 1 / (1 + them) is 1, 1/2, 1/5 and 1/3, 1/2, 1/3.
    expected = np.array([[10, 5, 2], [2, 3, 2]]) / np.array([[17], [7]])
    np.testing.assert_allclose(soft_assignment(codes, centres), expected, rtol=1e-6)
    np.testing.assert_allclose(np.exp(log_soft_assignment(codes, centres)), expected, rtol=1e-6)


def test_target_distribution_by_hand():
    q = np.array([[0.5, 0.5], [0.75, 0.25], [0.25, 0.75]])  # both columns add up to 1.5
    expected = np.array([[0.5, 0.5], [0.9, 0.1], [0.1, 0.9]])
    np.testing.assert_allclose(target_distribution(q), expected, rtol=1e-12)
    q = np.array([[0.5, 0.5], [0.5, 0.0]])  # columns 1 and .5: a small group is not drowned by a large one
    np.testing.assert_allclose(target_distribution(q)[0], [0.25 / 0.75, 0.5 / 0.75], rtol=1e-12)


def test_a_group_that_nothing_goes_to_gives_no_nan():
    found = target_distribution(np.array([[1.0, 0.0], [1.0, 0.0]]))
    np.testing.assert_array_equal(found, [[1, 0], [1, 0]])


def test_divergence_by_hand():
    p = tf.constant([[0.5, 0.5], [1.0, 0.0]])
    q = tf.constant([[0.25, 0.75], [0.5, 0.5]])
    expected = (0.5 * np.log(2) + 0.5 * np.log(2 / 3) + np.log(2)) / 2
    np.testing.assert_allclose(divergence(p, tf.math.log(q)), expected, rtol=1e-6)
    np.testing.assert_allclose(divergence(q, tf.math.log(q)), 0, atol=1e-7)


def test_layers_are_drawn_as_published():
    first, second = (layer.get_weights() for layer in dense_layers((400, 30, 5), 3, "drawn").layers)
    limit = np.sqrt(3 * (1 / 3) / 400)  # a uniform variance of 1 / (3 fan_in)
    assert np.abs(first[0]).max() <= limit
    assert np.abs(first[0]).max() > 0.9 * limit  # 12,000 draws; all below it: 0.9^12000
    assert not first[1].any()
    assert second[0].shape == (30, 5)


@pytest.mark.parametrize("augmentation", [False, True])
@pytest.mark.parametrize("reconstruction", [False, True])
def test_planted_groups_are_found_by_all_four_methods(augmentation, reconstruction):
    images, truth = planted()
    switches = {"augmentation": augmentation, "reconstruction": reconstruction}
    model = fitted(images, **switches, pretrain_epochs=200)  # after 60 one seed in four joins two groups
    found = np.asarray(model.encode(images))
    assert found.shape == (N, 4 + GROUPS)
    np.testing.assert_allclose(np.exp(found[:, 4:]).sum(axis=1), 1, rtol=1e-5)
    assert adjusted_rand_score(truth, found[:, 4:].argmax(axis=1)) == 1
    told = model.figures(None)
    assert told["groups"] == GROUPS
    assert told["shortened"]
    assert told["update_interval"] == 30


def test_clustering_ends_when_no_label_changes_and_else_with_the_steps():
    images, _ = planted()
    told = fitted(images, least_changed=0.5, update_interval=7, augmentation=False).figures(None)
    assert told["converged"]
    assert told["clustering_steps"] == 7
    told = fitted(images, least_changed=0.0, update_interval=7, clustering_steps=10).figures(None)
    assert not told["converged"]  # a share is never below 0
    assert told["clustering_steps"] == 10


@pytest.mark.parametrize("reconstruction", [False, True])
def test_clustering_moves_the_centres_and_its_own_part_of_the_network(reconstruction):
    images, _ = planted()
    model = build_model("dec_da", **{**NARROW, "reconstruction": reconstruction, "clustering_steps": 1})
    fit = DeepFit(model, tf.constant(images))
    encoder, decoder = model.encoder.get_weights(), fit.decoder.get_weights()
    codes = np.asarray(model.encoder(images.reshape(N, -1)))
    fit.cluster(model.centres)
    starts = dec_da.KMeans(GROUPS, n_init=20, random_state=fit.seed).fit(codes).cluster_centers_
    assert np.abs(np.asarray(model.centres) - starts).max() > 0
    assert any((old != new).any() for old, new in zip(encoder, model.encoder.get_weights(), strict=True))
    changed = any((old != new).any() for old, new in zip(decoder, fit.decoder.get_weights(), strict=True))
    assert changed is reconstruction


@pytest.mark.parametrize("reconstruction", [False, True])
def test_clustering_brings_the_groups_nearer_to_their_target(reconstruction):
    images, _ = planted()
    values = {"reconstruction": reconstruction, "update_interval": 1000, "augmentation": False}
    model = build_model("dec_da", **{**NARROW, **values})
    fit = DeepFit(model, tf.constant(images))
    fit.pretrain()
    starts = dec_da.KMeans(GROUPS, n_init=20, random_state=fit.seed).fit(fit._codes()).cluster_centers_
    before = soft_assignment(fit._codes(), starts.astype(np.float32))
    target = target_distribution(before)  # the only one, which all 60 steps go down to
    fit.cluster(model.centres)
    after = soft_assignment(fit._codes(), np.asarray(model.centres))
    assert divergence(target, np.log(after)) < divergence(target, np.log(before))


def test_without_augmentation_pictures_are_shown_as_they_are():
    images, _ = planted()
    rows = np.array([3, 1, 4])
    for augmentation in (False, True):
        model = build_model("dec_da", **{**NARROW, "augmentation": augmentation})
        shown = np.asarray(DeepFit(model, tf.constant(images))._shown(rows))
        same = np.array_equal(shown, images[rows].reshape(3, -1))
        assert same is not augmentation


def test_without_clustering_there_is_the_code_alone():
    images, _ = planted()
    model = fitted(images, clustering_steps=0)
    assert model.encode(images).shape == (N, 4)
    told = model.figures(None)
    assert set(told) == {"pretrain_epochs", "pretrain_error", "shortened"}
    assert 0 < told["pretrain_error"] < images.var()  # less than that of the mean picture of all


def test_every_picture_teaches_in_each_pass():
    model = build_model("dec_da", **NARROW)
    fit = DeepFit(model, tf.zeros((600, SIDE, SIDE, 1)))
    batches = fit._batches()
    first, second = ([next(batches) for _ in range(3)] for _ in range(2))
    assert [len(rows) for rows in first] == [256, 256, 88]
    np.testing.assert_array_equal(np.sort(np.concatenate(first)), np.arange(600))
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(second))


def test_the_same_seed_gives_the_same_and_another_another():
    images, _ = planted()
    quick = {"pretrain_epochs": 3, "clustering_steps": 3}
    one = np.asarray(fitted(images, 1, **quick).encode(images))
    np.testing.assert_array_equal(fitted(images, 1, **quick).encode(images), one)
    assert np.abs(np.asarray(fitted(images, 2, **quick).encode(images)) - one).max() > 0.01


@pytest.mark.parametrize("steps", [0, 3])
def test_saved_and_loaded_agree(tmp_path, steps):
    images, _ = planted()
    model = fitted(images, pretrain_epochs=2, clustering_steps=steps)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.encode(images), model.encode(images))


def test_more_groups_than_pictures_are_refused():
    images, _ = planted()
    with pytest.raises(ValueError, match="2 pictures can't be 3 groups"):
        fitted(images[:2])


def test_an_error_that_is_not_finite_ends_the_fit():
    images, _ = planted()
    with pytest.raises(FloatingPointError, match="pretrain_optimizer=adam"):
        fitted(images * 1e30, pretrain_epochs=1)
