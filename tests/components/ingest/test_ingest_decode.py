import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from components.ingest.decode import REASONS, RejectedPhoto, decode
from tests.components.ingest.pictures import (
    astronaut,
    broken,
    encoded,
    gradient,
    huge_png_header,
    odd_but_good,
)

GOOD = odd_but_good(gradient())
BROKEN = broken(astronaut())
LOSSY_AND_FLAT = {"cmyk.jpg": 12, "alpha.png": 60, "animated.gif": 30, "palette.png": 30}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_of_file_becomes_the_same_upright_rgb(name):
    pixels = decode(GOOD[name])
    assert pixels.dtype == np.uint8
    assert pixels.shape == (60, 80, 3)
    wanted = gradient()
    if name.startswith("grey"):
        wanted = np.repeat(np.asarray(Image.fromarray(wanted).convert("L"))[:, :, None], 3, axis=2)
    assert np.abs(pixels.astype(int) - wanted).mean() < LOSSY_AND_FLAT.get(name, 6)


def test_a_turned_photo_with_damaged_tags_is_read():
    """What Pillow reads of such tags it cannot write again."""
    picture = Image.fromarray(gradient()).transpose(Image.Transpose.ROTATE_90)
    tags = picture.getexif()
    tags[0x0112], tags[0x010F] = 6, "maker"
    data = encoded(picture, "JPEG", exif=tags)
    damaged = data.replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02")  # the width, told as a text
    assert damaged != data
    np.testing.assert_array_equal(decode(damaged), decode(data))


def test_alpha_lies_over_white():
    clear = np.zeros((8, 8, 4), np.uint8)
    assert (decode(encoded(clear)) == 255).all()


def test_sixteen_bit_colour_tiff_is_read_by_opencv():
    import cv2

    image = gradient().astype(np.uint16) * 257
    ok, data = cv2.imencode(".tif", image[:, :, ::-1])
    assert ok
    assert np.abs(decode(data.tobytes()).astype(int) - gradient()).max() <= 1


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_rejected_with_their_reason(name):
    data, reason = BROKEN[name]
    with pytest.raises(RejectedPhoto) as caught:
        decode(data)
    accepted = {reason, "corrupt", "not_an_image"} if name.startswith("cut") else {reason}
    assert caught.value.reason in accepted


def test_size_is_checked_before_pixels_are_read():
    with pytest.raises(RejectedPhoto, match="30000 x 30000"):
        decode(huge_png_header())
    with pytest.raises(RejectedPhoto, match="too_large"):
        decode(encoded(gradient()), max_megapixels=0.004)
    assert decode(encoded(gradient()), max_megapixels=0.0048).shape == (60, 80, 3)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_damaged_bytes_give_a_picture_or_a_reason_and_nothing_else(name, data):
    damaged = bytearray(GOOD[name])
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = decode(bytes(damaged), max_megapixels=1)
    except RejectedPhoto as rejection:
        outcome = rejection.reason
    else:
        outcome = (pixels.ndim, pixels.dtype)
    assert outcome in (*REASONS, (3, np.uint8))
