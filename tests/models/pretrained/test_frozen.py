"""Files inside packages, and weights put into their place."""

import sys

import keras
import numpy as np
import pytest

from models.pretrained.frozen import float32_layers, place_weights
from schemas.packaged_file import packaged_file


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that can't be imported, with one file."""
    folder = tmp_path / "facefold_test_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text("raise ImportError")
    (folder / "w.dat").write_bytes(b"w")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_a_file_is_found_without_importing_its_package(package):
    assert packaged_file(package.name, "w.dat", "dlib") == package / "w.dat"
    assert package.name not in sys.modules


def test_what_is_missing_is_named_with_the_extra_that_brings_it(package):
    with pytest.raises(FileNotFoundError, match="Expected the file .*other.dat; .*make setup EXTRAS=dlib"):
        packaged_file(package.name, "other.dat", "dlib")
    with pytest.raises(ModuleNotFoundError, match="Expected the package no_such; .*make setup EXTRAS=dlib"):
        packaged_file("no_such", "w.dat", "dlib")


def network():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])


def test_weights_are_placed_in_order():
    arrays = [np.arange(6, dtype=np.float32).reshape(3, 2), np.array([7, 8], np.float32)]
    placed = network()
    place_weights(placed, arrays, "w.dat")
    for found, expected in zip(placed.get_weights(), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_weights_of_a_wrong_number_or_shape_are_refused():
    kernel, bias = network().get_weights()
    with pytest.raises(ValueError, match="w.dat does not fit the network. Expected 2 arrays; received 1"):
        place_weights(network(), [kernel], "w.dat")
    with pytest.raises(ValueError, match=r"of shape \(3, 2\); received \(2, 3\)"):
        place_weights(network(), [kernel.T, bias], "w.dat")


def test_layers_are_float32_whatever_the_policy_is():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with float32_layers():
            inside = keras.layers.Dense(2)
        assert inside.compute_dtype == "float32"
        assert keras.layers.Dense(2).compute_dtype == "float16"
    finally:
        keras.config.set_dtype_policy("float32")
