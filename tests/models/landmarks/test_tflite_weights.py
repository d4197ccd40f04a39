"""Weights out of a .tflite file: those of the network that the converter was given, whichever width it keeps."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.landmarks.tflite_weights import weights_on_the_way


def small_network():
    """Two outputs of 3 and 2 channels; the way to the first has 5 layers with weights."""
    seen = x = keras.Input((8, 8, 2), batch_size=1)
    x = keras.layers.Conv2D(4, 3, 2, "same", bias_initializer="uniform")(x)
    x = keras.layers.PReLU(shared_axes=[1, 2], alpha_initializer="uniform")(x)
    other = keras.layers.Conv2D(2, 1, bias_initializer="uniform")(x)
    x = keras.layers.DepthwiseConv2D(3, 1, "same", bias_initializer="uniform")(x)
    x = keras.layers.PReLU(shared_axes=[1, 2], alpha_initializer="uniform")(x)
    x = keras.layers.Conv2D(3, 4, bias_initializer="uniform")(x)
    return keras.Model(seen, [x, other])


@pytest.fixture(scope="module", params=["float32", "float16"])
def converted(request, tmp_path_factory):
    """The network's weights on the way to its first output, the file, and the step of its numbers."""
    keras.utils.set_random_seed(0)
    network = small_network()
    folder = tmp_path_factory.mktemp(request.param)
    network.export(str(folder / "saved"), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"))
    if request.param == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    (folder / "small.tflite").write_bytes(converter.convert())
    on_the_way = keras.Model(network.input, network.output[0]).get_weights()
    return on_the_way, folder / "small.tflite", np.finfo(request.param).eps


def test_the_weights_on_the_way_come_in_order(converted):
    expected, file, step = converted
    found = weights_on_the_way(file, 3)
    assert [array.shape for array in found] == [array.shape for array in expected]
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_allclose(one, other, rtol=step, atol=0)


def test_another_network_is_refused(converted):
    with pytest.raises(ValueError, match=r"one output of 5 channels; received outputs of \[2, 3\]"):
        weights_on_the_way(converted[1], 5)


def test_another_kind_of_file_is_refused(tmp_path):
    file = tmp_path / "w.tflite"
    file.write_bytes(b"\x00" * 4 + b"GIF8" + b"\x00" * 40)
    with pytest.raises(
        ValueError, match="is no .tflite file. Expected the mark TFL3 at byte 4; received b'GIF8'"
    ):
        weights_on_the_way(file, 3)
    file.write_bytes(b"ab")
    with pytest.raises(ValueError, match="is no .tflite file"):
        weights_on_the_way(file, 3)
