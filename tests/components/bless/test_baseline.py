"""The model that a new one is compared with, and the decoder of one that was pushed without."""

import shutil
import types

import pytest
from tfx.types.standard_artifacts import Model, ModelBlessing

from components.bless.baseline import EarlierBlessedModelStrategy, chosen, in_words, pushed_versions
from components.bless.component import decoder_of
from tests.components.bless.saved_models import write_model


@pytest.fixture
def models(tmp_path):
    """Makes artifacts 1, 2, ... of models that take ``takes``."""

    def make(*takes):
        made = []
        for number, one in enumerate(takes, 1):
            write_model(tmp_path / str(number) / "Format-Serving", one)
            artifact = Model()
            artifact.id, artifact.uri = number, str(tmp_path / str(number))
            made.append(artifact)
        return made

    return make


def blessing(of, blessed=1):
    artifact = ModelBlessing()
    artifact.set_int_custom_property("blessed", blessed)
    artifact.set_int_custom_property("current_model_id", of)
    return artifact


def resolve(models, blessings, current):
    """The ids of the baseline and of the one that was passed over, None where there is none."""
    given = {
        "model": list(models),
        "model_blessing": blessings,
        "passed_over": list(models),
        "current_model": [current],
    }
    found = EarlierBlessedModelStrategy().resolve_artifacts(None, given)
    assert set(found) == set(given)  # TFX reads each of them back
    assert len(found["model"]) == len(found["model_blessing"])
    return tuple(next((one.id for one in found[key]), None) for key in ("model", "passed_over"))


def test_the_latest_blessed_model_but_the_current_one_is_found(models):
    three = models(*["image_bytes"] * 3)
    blessings = [blessing(1), blessing(2), blessing(3)]
    assert resolve(three, blessings, three[2]) == (2, None)
    assert resolve(three, blessings[:1], three[2]) == (1, None)
    assert resolve(three, [blessing(1), blessing(2, 0), blessing(3)], three[2]) == (1, None)
    assert resolve(three, blessings, three[0]) == (3, None)
    assert resolve(three[:1], blessings[:1], three[0]) == (None, None)
    assert resolve([], [], three[0]) == (None, None)


def test_a_model_of_other_pictures_is_passed_over(models):
    faces, drawings, more, current = models("image_bytes", "examples", "examples", "image_bytes")
    blessings = [blessing(1), blessing(2), blessing(3)]
    assert resolve([faces, drawings, more], blessings, current) == (1, None)
    assert resolve([drawings, more], blessings, current) == (None, 3)


def test_a_model_that_is_gone_is_passed_over_and_named(models):
    first, second, third, current = models(*["image_bytes"] * 4)
    blessings = [blessing(1), blessing(2), blessing(3)]
    for one in (second, third):
        shutil.rmtree(one.uri)
    assert resolve([first, second, third], blessings, current) == (1, 3)
    shutil.rmtree(first.uri)
    assert resolve([first, second, third], blessings, current) == (None, 3)


def test_pushed_versions_are_looked_through_in_the_same_way(tmp_path):
    for version, takes in ((9, "image_bytes"), (10, "image_bytes"), (11, "examples")):
        write_model(tmp_path / "pushed" / str(version), takes)
    write_model(tmp_path / "new")
    (tmp_path / "pushed" / "12").mkdir()  # no model, as after an interrupted copy
    versions, new = pushed_versions(str(tmp_path / "pushed")), str(tmp_path / "new")
    pushed = str(tmp_path / "pushed")
    assert chosen(versions, new, str) == (f"{pushed}/10", f"{pushed}/12")
    assert chosen(versions[1:], new, str) == (f"{pushed}/10", None)
    assert chosen(versions[1:2], new, str) == (None, f"{pushed}/11")
    assert pushed_versions(f"{pushed}/9") == [f"{pushed}/9"]
    assert pushed_versions("") == pushed_versions(str(tmp_path / "none")) == []
    assert in_words(f"{pushed}/12", new) == f"Left out: the latest blessed model is gone from {pushed}/12."
    words = (
        f"Nothing comparable: the latest blessed model, {pushed}/11, takes examples, this one image_bytes."
    )
    assert in_words(f"{pushed}/11", new) == words


def test_a_model_served_without_its_decoder_is_compared_by_the_one_it_was_made_from(tmp_path):
    lean, whole = types.SimpleNamespace(), types.SimpleNamespace(reconstruct=print)
    assert decoder_of(whole, str(tmp_path)) is whole
    assert decoder_of(lean, "") is lean
    assert decoder_of(lean, str(tmp_path)) is lean  # it is gone: no reconstruction is compared
