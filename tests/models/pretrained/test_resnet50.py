"""ResNet50 by Keras' file of weights, and never without one."""

import keras
import numpy as np
import pytest

from models.devices.memory import give_back
from models.pretrained.resnet50 import FILE, MD5, URL, ResNet50, read_weights_into, weights_file
from tests.bounds import of_network


@pytest.fixture(scope="module")
def resnet50_file(tmp_path_factory):
    """A file of weights in the format of Keras' own, of a ResNet50 that nobody trained."""
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
    )
    path = tmp_path_factory.mktemp("resnet50") / "untrained.h5"
    network.save(path)
    del network
    give_back()
    return str(path)


def test_it_computes_what_keras_computes(resnet50_file):
    model = ResNet50(weights_path=resnet50_file)
    images = np.random.default_rng(0).random((1, 224, 224, 3), np.float32)
    pixels = keras.applications.resnet50.preprocess_input(255 * images)
    expected = np.asarray(model.network(pixels, training=False))
    assert expected.shape == (1, 2048)
    off = of_network(model) * np.abs(expected).max()
    np.testing.assert_allclose(model.encode(images), expected, rtol=0, atol=off)
    assert not model.trainable_variables
    assert model.get_config() == {"read_weights": False, "name": "resnet50"}


def test_missing_weights_are_named_with_where_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError) as error:
        ResNet50()
    for part in (
        str(tmp_path / "models" / FILE),
        MD5,
        "https://storage.googleapis.com/",
        "weights_path=FILE",
    ):
        assert part in str(error.value)
    with pytest.raises(FileNotFoundError, match="/no/such.h5"):
        ResNet50(weights_path="/no/such.h5")


def test_the_cached_file_is_checked_by_its_hash(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    cached = tmp_path / "models" / FILE
    cached.parent.mkdir()
    cached.write_bytes(b"half a download")
    with pytest.raises(ValueError, match=f"Expected MD5 {MD5}; received 88e4ae26fa059c587ec405babc037077"):
        weights_file()
    assert weights_file(str(cached)) == cached  # a file that the user names may be another


def test_the_hash_and_the_place_are_those_of_keras():
    from keras.src.applications import resnet

    assert resnet.WEIGHTS_HASHES["resnet50"][1] == MD5
    assert f"{resnet.BASE_WEIGHTS_PATH}{FILE}" == URL


@pytest.mark.parametrize("content", ["text", "cut off", "another network"])
def test_a_file_that_does_not_fit_is_refused(content, resnet50_file, tmp_path):
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    path = tmp_path / "some.h5"
    if content == "text":
        path.write_text("no weights")
    elif content == "cut off":
        with open(resnet50_file, "rb") as file:
            path.write_bytes(file.read(100_000))
    else:
        path = resnet50_file
    with pytest.raises(ValueError, match=f"Cannot read {path}. Expected {FILE}"):
        read_weights_into(network, path)
