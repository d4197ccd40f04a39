import logging

import numpy as np
import pytest
import tensorflow as tf

from models.inputs.training_data import ExampleSet
from models.pretrained.pca import PCA
from tests.bounds import of_sum


def pictures(n):
    images = np.random.default_rng(0).random((n, 64, 64, 3), np.float32)
    return images, ExampleSet(tf.data.Dataset.from_tensor_slices({"image": images}), n)


def test_of_few_pictures_there_are_fewer_axes_which_is_told(caplog):
    images, examples = pictures(6)
    model = PCA(latent_dim=9)
    with caplog.at_level(logging.WARNING):
        model.start_from(examples)
    assert "6 images have 5 principal axes at most: latent_dim is 5, and not 9" in caplog.text
    assert model.figures(None) == {"latent_dim": 5}
    codes = np.asarray(model.encode(images))
    assert codes.shape == (6, 9)
    np.testing.assert_array_equal(codes[:, 5:], 0)
    assert (codes[:, :5].var(axis=0) > 0).all()
    # Five axes hold six pictures.
    again = np.asarray(model.decode(codes))
    np.testing.assert_allclose(again, images, rtol=0, atol=of_sum(64 * 64 * 3) * np.abs(codes).max())


@pytest.mark.parametrize("n", [10, 20])
def test_with_enough_pictures_there_are_as_many_axes_as_asked(n, caplog):
    model = PCA(latent_dim=9)
    model.start_from(pictures(n)[1])
    assert model.figures(None) == {"latent_dim": 9}
    assert not caplog.records
    axes = np.asarray(model.components)
    np.testing.assert_allclose(axes @ axes.T, np.eye(9), rtol=0, atol=of_sum(64 * 64 * 3))
