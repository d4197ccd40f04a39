"""dlib's stream of values, and what a file that is not its recogniser is told."""

import pytest

from models.pretrained.dlib_weights import Stream, read_recogniser
from schemas.packaged_file import packaged_file
from tests.models.pretrained.installed import made_of_weights

NAME = "dlib_face_recognition_resnet_model_v1.dat"


@pytest.fixture(scope="module")
def recogniser():
    """The bytes of dlib's file."""
    return made_of_weights(packaged_file, "face_recognition_models", f"models/{NAME}", "dlib").read_bytes()


@pytest.mark.parametrize(
    ("data", "value"),
    [(b"\x01\x07", 7), (b"\x02\x80\x12", 4736), (b"\x81\x1c", -28), (b"\x03\x00\x01\x09", 590080)],
)
def test_whole_numbers(data, value):
    assert Stream(data).integer() == value


def test_floats_are_mantissa_times_a_power_of_two():
    assert Stream(b"\x03\x0a\xd7\xa3\x81\x1c").number() == pytest.approx(0.04)
    with pytest.raises(ValueError, match="not finite"):
        Stream(b"\x01\x00\x02\x00\x7d").number()


def test_a_tensor_has_four_sizes():
    data = b"\x01\x02\x01\x02\x01\x01\x01\x01\x01\x01" + b"\x00\x00\x80\x3f\x00\x00\x00\xc0"
    tensor = Stream(data).tensor()
    assert tensor.shape == (2, 1, 1, 1)
    assert tensor.ravel().tolist() == [1.0, -2.0]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "cuts off the value at byte 0"),
        (b"<!DOCTYPE html><html>", "begins no whole number"),
        (b"\x01\x01\x01\x05loss_", "should be the loss 'loss_metric_2'"),
        (b"\x01\x01\x01\x00", "should name a layer"),
        (b"\x01\x02" * 40, "should be a loss of version 1"),
    ],
)
def test_another_file_is_refused_with_what_was_expected(data, message, tmp_path):
    path = tmp_path / "some.dat"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as error:
        read_recogniser(path)
    assert f"Cannot read {path}. Expected {NAME}" in str(error.value)
    assert "Fix: " in str(error.value)


@pytest.mark.parametrize("share", [0.00001, 0.001, 0.3, 0.99999])
def test_a_file_that_is_cut_off_is_refused(share, recogniser, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(recogniser[: int(share * len(recogniser))])
    with pytest.raises(ValueError, match="cuts off the value at byte"):
        read_recogniser(path)


def test_a_file_with_more_behind_it_or_a_layer_of_another_name_is_refused(recogniser, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(recogniser + b"\x00")
    with pytest.raises(ValueError, match="should be the end"):
        read_recogniser(path)
    path.write_bytes(recogniser.replace(b"relu_", b"mish_", 1))
    with pytest.raises(ValueError, match="'mish_', unknown here"):
        read_recogniser(path)


def test_the_recogniser_has_29_convolutions_and_a_projection(recogniser, tmp_path):
    path = tmp_path / NAME
    path.write_bytes(recogniser)
    mean, side, convolutions, projection = read_recogniser(path)
    assert mean == pytest.approx([122.782, 117.001, 104.298])
    assert side == 150
    assert len(convolutions) == 29
    assert convolutions[0].kernel.shape == (7, 7, 3, 32)
    assert projection.shape == (256, 128)
