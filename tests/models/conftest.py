"""Weights that the tests make themselves."""

import keras
import pytest


@pytest.fixture(scope="session")
def resnet50_file(tmp_path_factory):
    """A file of weights in the format of Keras' own, of a ResNet50 that nobody trained."""
    network = keras.applications.ResNet50(
        include_top=False, weights=None, input_shape=(224, 224, 3), pooling="avg"
    )
    path = tmp_path_factory.mktemp("resnet50") / "untrained.h5"
    network.save(path)
    return str(path)
