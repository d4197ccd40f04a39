import io
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from components.ingest.decode import BYTES_A_PIXEL, FORMATS, STRIP, decode, needed_bytes
from components.ingest.decoding.file_kinds import HEAD, REASONS, RejectedPhoto, check_start
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


@settings(max_examples=60)
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


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG"])
def test_every_orientation_is_turned_as_pillow_does(orientation, kind):
    picture = Image.fromarray(gradient(3000, 40))  # of several strips
    tags = picture.getexif()
    tags[0x0112] = orientation
    data = encoded(picture, kind, exif=tags)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data)).convert("RGB"))
    if kind == "TIFF":
        expected = Image.open(io.BytesIO(data))  # which Pillow turns itself
    np.testing.assert_array_equal(decode(data), np.asarray(expected.convert("RGB")))


def test_the_strips_of_a_deep_picture_have_one_scale():
    samples = np.linspace(0, 65535, 3 * STRIP).astype(np.uint16).reshape(3, STRIP)
    pixels = decode(encoded(Image.fromarray(samples)))
    np.testing.assert_array_equal(pixels[:, :, 0], (samples.astype(np.float32) / 257).astype(np.uint8))


@pytest.mark.parametrize("name", GOOD)
def test_what_is_needed_is_told_by_length_and_header(name):
    data = GOOD[name]
    stream = io.BytesIO(data)
    assert needed_bytes(stream) == len(data) + 60 * 80 * BYTES_A_PIXEL
    with pytest.raises(RejectedPhoto, match="too_large"):
        needed_bytes(io.BytesIO(data), max_megapixels=0.004)


def test_a_deep_tiff_is_measured_by_its_directory():
    import cv2

    data = cv2.imencode(".tif", gradient().astype(np.uint16) * 257)[1].tobytes()
    assert needed_bytes(io.BytesIO(data)) == len(data) + 60 * 80 * BYTES_A_PIXEL


def test_a_file_without_a_header_needs_its_length():
    """``decode`` says what is wrong with it."""
    for data in (GOOD["alpha.png"][:20], GOOD["plain.tif"][:6], BROKEN["zero.png"][0]):
        assert needed_bytes(io.BytesIO(data)) == len(data)


def test_a_file_longer_than_any_picture_of_that_size_is_rejected_unread(tmp_path):
    file = tmp_path / "long.jpg"
    with open(file, "wb") as stream:
        stream.write(encoded(gradient(), "JPEG"))
        stream.truncate(12 * 2**30)
    with open(file, "rb") as stream, pytest.raises(RejectedPhoto, match="12,884,901,888 bytes, more than"):
        needed_bytes(stream)


@settings(max_examples=200)
@given(st.sampled_from([*(GOOD[name][:HEAD] for name in GOOD), b"P6", b"II+\0"]), st.binary(max_size=3))
def test_a_start_that_pillow_takes_is_taken(head, changed):
    head = head[: HEAD - len(changed)] + changed
    Image.init()
    if any(Image.OPEN[name][1](head) is True for name in FORMATS):
        check_start(head)


# Prints the growth of the process's peak while it decodes the files it is given, each in a thread of its own.
PEAK = """
import json, resource, sys
from concurrent.futures import ThreadPoolExecutor
from components.ingest.decode import decode, needed_bytes
from models.devices.memory import Room

decode(open(sys.argv[1], "rb").read())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
room = Room(float(sys.argv[2]))

def one(file):
    with open(file, "rb") as stream:
        needed = needed_bytes(stream)
    with room.taken(needed):
        return decode(open(file, "rb").read()).shape

with ThreadPoolExecutor(4) as pool:
    shapes = list(pool.map(one, sys.argv[3:]))
print(json.dumps([1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before), shapes]))
"""


def peak_of(tmp_path, room, *pictures):
    """Bytes by which the peak of a process grows that decodes ``pictures`` in ``room``, and their shapes."""
    files = []
    for number, data in enumerate([encoded(gradient(), "JPEG"), *pictures]):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(data)
    command = [sys.executable, "-c", PEAK, files[0], str(room), *files[1:]]
    return json.loads(subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout)


SIDE = 4000
FLAT = np.full((SIDE, SIDE, 3), 90, np.uint8)
BESIDES = 32 * 2**20  # a strip in 20 bytes a pixel, and what threads and libraries take: no copy of a picture


@pytest.mark.parametrize(("kind", "bytes_a_pixel"), [("PNG", 7), ("JPEG", 7), ("WEBP", BYTES_A_PIXEL)])
def test_a_picture_is_held_in_pillow_and_as_an_array_and_no_more(kind, bytes_a_pixel, tmp_path):
    """4 bytes a pixel and 3; WebP's decoder has two pictures of its own, and the bytes of one."""
    data = encoded(FLAT, kind)
    grown, shapes = peak_of(tmp_path, 1, data)
    assert shapes == [[SIDE, SIDE, 3]]
    assert grown < bytes_a_pixel * SIDE**2 + len(data) + BESIDES


def test_pictures_decoded_at_once_share_what_room_there_is(tmp_path):
    data = encoded(FLAT)
    room = needed_bytes(io.BytesIO(data))  # of one: four at once would take four times seven bytes a pixel
    grown, _ = peak_of(tmp_path, room, *[data] * 4)
    # What is done is held no more: its shape is all that is left.
    assert grown < room + BESIDES
