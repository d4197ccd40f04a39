"""The model that a new one is compared with, and the decoder of one that was pushed without."""

import types

import pytest
from tfx.types.standard_artifacts import Model, ModelBlessing

from components.bless.baseline import EarlierBlessedModelStrategy
from components.bless.component import decoder_of


def model(number):
    artifact = Model()
    artifact.id = number
    return artifact


def blessing(of):
    artifact = ModelBlessing()
    artifact.set_int_custom_property("blessed", 1)
    artifact.set_int_custom_property("current_model_id", of)
    return artifact


def resolve(models, blessings, current):
    given = {"model": models, "model_blessing": blessings, "current_model": [current]}
    found = EarlierBlessedModelStrategy().resolve_artifacts(None, given)
    assert set(found) == set(given)  # TFX reads each of them back
    return [one.id for one in found["model"]]


def test_the_latest_blessed_model_but_the_current_one_is_found():
    models = [model(1), model(2), model(3)]
    blessings = [blessing(1), blessing(2), blessing(3)]
    assert resolve(models, blessings, models[2]) == [2]
    assert resolve(models, blessings[:1], models[2]) == [1]
    assert resolve(models[:1], blessings[:1], models[0]) == []
    assert resolve([], [], model(1)) == []


def test_a_model_served_without_its_decoder_is_compared_by_the_one_it_was_made_from(tmp_path):
    lean, whole = types.SimpleNamespace(), types.SimpleNamespace(reconstruct=print)
    assert decoder_of(whole, str(tmp_path)) is whole
    assert decoder_of(lean, "") is lean
    with pytest.raises(FileNotFoundError, match="which is gone. Expected its decoder there"):
        decoder_of(lean, str(tmp_path))
