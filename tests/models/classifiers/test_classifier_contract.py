"""One contract over every classifier: whoever adds one is tested by that."""

import functools
import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.catalog import MODELS
from models.classifiers.catalog import CLASSIFIERS, classifier_entry
from models.training.train import train
from models.training_settings import plan_of
from schemas.labelled_face import TARGETS as TARGETS_FEATURE
from tests.bounds import of_network, of_sum
from tests.models.classifiers.labelled_faces import TARGETS, labelled

# Small enough for a test; a classifier takes what its settings have.
NARROW = {
    "height": 40, "width": 36, "width_multiplier": 0.06, "mask_epochs": 2, "batch_norm": True, "mask_weight": 7.0,
    "side": 32, "base_filters": 4, "dropout": 0.0, "features": "pixels",
}  # fmt: skip
TRAINING = {
    "epochs": 6,
    "jit": "off",
    "dtype": "float32",
    "learning_rate": 3e-3,
    "batch_size": 16,
    "patience": 50,
}
LEARNING = [name for name, entry in CLASSIFIERS.items() if entry.learns]
every_classifier = pytest.mark.parametrize(
    "name", sorted(CLASSIFIERS, key=lambda name: name not in LEARNING), scope="module"
)
every_learner = pytest.mark.parametrize("name", LEARNING, scope="module")


def plan_for(name, **changes):
    return plan_of({**NARROW, **TRAINING, "model": name, "columns": TARGETS, **changes}, classifier_entry)


def examples(name, n, seed=0, **told):
    height, width, _ = plan_for(name).build().input_shape_of_images
    maps = plan_for(name).network.maps_size or (8, 8)
    return labelled(n, (height, width), maps, seed, **told)


def images(name, n, seed=0):
    return examples(name, n, seed).array("image")


@functools.lru_cache(maxsize=1)
def trained(name):
    """The classifier ``name`` after a few epochs on 64 faces, or fitted, and its history."""
    with tempfile.TemporaryDirectory() as folder:
        return train(examples(name, 64, unknown=0.1), examples(name, 24, 9), plan_for(name), folder)


def test_no_name_is_in_both_tables():
    assert not set(MODELS) & set(CLASSIFIERS)


def test_no_embedding_model_reads_a_target():
    assert not [name for name, entry in MODELS.items() if TARGETS_FEATURE in entry.reads]
    assert all(TARGETS_FEATURE in entry.reads for entry in CLASSIFIERS.values())
    assert not [
        name for name, entry in MODELS.items() if entry.learns and TARGETS_FEATURE in entry.load().trains_on
    ]


@every_classifier
def test_names_shapes_and_dtypes(name):
    model, _ = trained(name)
    assert (model.name, model.targets, model.classes) == (name, TARGETS, ("no", "yes"))
    logits = np.asarray(model.logits(images(name, 5)))
    assert logits.shape == (5, len(TARGETS))
    assert logits.dtype == np.float32
    maps = model.maps(images(name, 5))
    assert (maps is not None) == model.has_maps
    if model.has_maps:
        assert maps.shape == (5, *model.settings.maps_size, len(TARGETS))


@every_classifier
def test_a_batch_of_one_is_answered_as_in_any_other(name):
    model, _ = trained(name)
    pictures = images(name, 5)
    whole = np.asarray(model.logits(pictures))
    off = of_network(model) * np.abs(whole).max()
    np.testing.assert_allclose(model.logits(pictures[:1]), whole[:1], rtol=0, atol=off)


@every_learner
def test_what_it_learns_from_falls_and_every_term_is_written_down(name):
    model, history = trained(name)
    judged = [row for row in history if row["epoch"] >= model.judged_from]
    assert judged[-1]["cross_entropy"] < judged[0]["cross_entropy"]
    for term in ("loss", *model.terms):
        assert np.isfinite([row[prefix + term] for row in history for prefix in ("", "val_")]).all()


@every_learner
def test_the_same_seed_gives_the_same_losses(name, tmp_path):
    _, again = train(examples(name, 64, unknown=0.1), examples(name, 24, 9), plan_for(name), tmp_path)
    for row, other in zip(trained(name)[1], again, strict=True):
        assert row["loss"] == pytest.approx(other["loss"], rel=of_sum(1))


@every_classifier
def test_an_answer_that_is_not_known_teaches_nothing(name, tmp_path):
    # Of one column nothing is known: whatever the others teach, its logit's weights are as they began.
    data = examples(name, 32)
    hidden = data.dataset.map(lambda one: one | {"targets": tf.concat([one["targets"][:2], [-1]], 0)})
    known = type(data)(hidden, data.n)
    model, _ = train(known, known, plan_for(name, epochs=1, batch_norm=False, mask_weight=0.0), tmp_path)
    if name == "linear_probe":
        np.testing.assert_array_equal(model.logits(images(name, 3))[:, 2], np.zeros(3, np.float32))
        return
    (fresh,) = [plan_for(name, batch_norm=False, mask_weight=0.0).build()]
    layer, begun = model.network.layers[-1], fresh.network.layers[-1]
    while not layer.weights:
        layer, begun = model.network.layers[-2], fresh.network.layers[-2]
    assert np.abs(layer.bias[:2]).min() > 0
    assert float(layer.bias[2]) == float(begun.bias[2]) == 0


@every_classifier
def test_weights_survive_a_file(name, tmp_path):
    model, other = trained(name)[0], plan_for(name).build()
    pictures = images(name, 3)
    assert not np.allclose(model.logits(pictures), other.logits(pictures))
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(model.logits(pictures), other.logits(pictures))


@every_classifier
def test_a_saved_model_comes_back_whole(name, tmp_path):
    model, _ = trained(name)
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras")
    assert type(again) is type(model)
    np.testing.assert_array_equal(again.logits(images(name, 3)), model.logits(images(name, 3)))


def test_an_unknown_classifier_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="Unknown classifier 'gender'. Expected one of: .*attparsenet"):
        classifier_entry("gender")
