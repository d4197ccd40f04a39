"""Cameras' raw pictures: the largest preview, turned once, or a reason that is true."""

import contextlib
import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.ingest.content import content_hashes
from components.ingest.decode import decode, needed_bytes, read_picture
from components.ingest.decoding.file_kinds import RejectedPhoto
from components.ingest.detect.detectors import make_detector
from components.ingest.listing import list_photos, photos_below
from components.ingest.photos import find_faces
from components.ingest.settings import IngestSettings
from tests.components.ingest.pictures import astronaut, encoded, gradient
from tests.components.ingest.test_ingest_file_kinds import STORED

WIDE, HIGH = 800, 640  # of the preview
DNG = {254: 1, 50706: 0x00000401}
SENSOR = {254: 0, 256: 1600, 257: 1200, 262: 32803}


def directory(order, tags, following=0):
    """A TIFF's directory of one number a tag; ``following`` is the place of the next one."""
    entries = [struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in sorted(tags.items())]
    return struct.pack(order + "H", len(entries)) + b"".join(entries) + struct.pack(order + "I", following)


def tiff(main, *others, order="<", magic=b"*\0", start=8):
    """The head of a TIFF whose first directory names the others as those in it, by a list of their places."""
    if order == ">":
        magic = magic[::-1]
    size = 2 + 12 * (len(main) + bool(others)) + 4
    places, at = [], start + size + 4 * len(others)
    for tags in others:
        places.append(at)
        at += 2 + 12 * len(tags) + 4
    head = {"<": b"II", ">": b"MM"}[order] + magic + struct.pack(order + "I", start)
    body = directory(order, main | ({330: 0} if others else {}))
    if others:  # the count and the place of the list
        entry = struct.pack(order + "HHII", 330, 4, 1, 0)
        value = places[0] if len(others) == 1 else start + size
        body = body.replace(entry, struct.pack(order + "HHII", 330, 4, len(others), value))
    listed = struct.pack(f"{order}{len(places)}I", *places)
    return head.ljust(start, b"\0") + body + listed + b"".join(directory(order, tags) for tags in others)


def cr2(main):
    return tiff(main, start=16).replace(b"\x10\0\0\0\0\0", b"\x10\0\0\0CR", 1)


def jpeg(height=HIGH, width=WIDE, **options):
    return encoded(gradient(height, width), "JPEG", quality=95, **options)


def stored(orientation, **options):
    """The preview as a camera stores it that was held so."""
    turned = np.ascontiguousarray(STORED[orientation](gradient(HIGH, WIDE)))
    return encoded(turned, "JPEG", quality=95, **options)


def exif_of(orientation):
    exif = Image.new("RGB", (1, 1)).getexif()
    exif[274] = orientation
    return exif


def near(pixels):
    assert pixels.shape == (HIGH, WIDE, 3)
    assert np.abs(pixels.astype(int) - gradient(HIGH, WIDE)).mean() <= 3.0


CR3 = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0\0\0\x60moov" + b"\0\0\0\x58CMT1"
HEADS = {
    "dng": tiff(DNG | {274: 6}, SENSOR),
    "nef": tiff({254: 1, 274: 6}, {254: 1, 513: 0}, SENSOR, order=">"),
    "pef": tiff({262: 32803, 256: 1600, 257: 1200, 274: 6}),
    "cr2": cr2({256: 1600, 257: 1200, 274: 6}),
    "orf": tiff({256: 1600, 257: 1200, 274: 6}, magic=b"RO"),
    "rw2": tiff({2: 1600, 3: 1200, 274: 6}, magic=b"U\0"),
    "cr3": CR3 + tiff({274: 6}),
}


@pytest.mark.parametrize("kind", HEADS)
def test_the_preview_of_each_maker_is_read_and_turned(kind):
    thumbnail = jpeg(120, 160)
    found = read_picture(HEADS[kind] + thumbnail + bytes(100) + stored(6) + bytes(5000))
    near(found.pixels)
    assert found.note == f"raw: its preview of {WIDE} x {HIGH}"


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("own", [False, True])
def test_a_preview_is_turned_once_as_the_raw_picture_says(orientation, own):
    options = {"exif": exif_of(orientation)} if own else {}
    near(decode(tiff(DNG | {274: orientation}, SENSOR) + stored(orientation, **options)))


@pytest.mark.parametrize("head", [b"FUJIFILMCCD-RAW 0201", tiff(DNG | {274: 0})])
def test_where_the_raw_picture_says_nothing_the_preview_does(head):
    near(decode(head + stored(8, exif=exif_of(8))))


def test_the_largest_preview_is_taken_and_no_part_of_the_samples():
    """Tiles and strips may be larger than the preview, and are JPEGs in a DNG that keeps less than all."""
    tiles = {256: 4000, 257: 3000, 262: 34892, 322: 1024, 323: 1024}
    strips = {256: 1600, 257: 1200, 262: 34892, 278: 700}
    parts = jpeg(1024, 1024) + jpeg(700, 1600) + jpeg(500, 1600)
    near(decode(tiff(DNG, tiles, strips) + parts + jpeg(320, 640) + jpeg() + parts))
    one_tile = {256: WIDE, 257: HIGH, 322: WIDE, 323: HIGH}
    near(decode(tiff(DNG, one_tile) + jpeg()))


def test_samples_without_loss_are_no_preview():
    """Their JPEG has another kind of frame, which no reader of photos knows."""
    samples = jpeg(1200, 1600).replace(b"\xff\xc0", b"\xff\xc3")
    near(decode(cr2({256: 1600, 257: 1200}) + samples + jpeg() + samples))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (tiff(DNG, SENSOR), "there is no JPEG preview in it"),
        (tiff({254: 1}, SENSOR), "there is no JPEG preview in it"),
        (b"FUJIFILMCCD-RAW 0201", "there is no JPEG preview in it"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1", "there is no JPEG preview in it"),
        (tiff(DNG, SENSOR) + jpeg(480, 639), "its largest preview, 639 x 480 pixels, is a thumbnail"),
        (tiff(DNG, {256: 6401, 257: 9}) + jpeg(), "its largest preview, 800 x 640 pixels, is a thumbnail"),
        (tiff(DNG, {256: 9, 257: 6401}) + jpeg(), "its largest preview, 800 x 640 pixels, is a thumbnail"),
    ],
)
def test_a_thumbnail_is_not_taken_for_the_photo(data, why):
    for read in (decode, lambda data: needed_bytes(io.BytesIO(data))):
        with pytest.raises(RejectedPhoto) as caught:
            read(data)
        told = f"not_read: a camera's raw picture is not read: export it as JPEG ({why})"
        assert str(caught.value) == told


def test_a_preview_of_an_eighth_of_the_long_side_is_the_photo():
    near(decode(tiff(DNG, {256: 6400, 257: 4800}) + jpeg()))


def test_the_memory_is_that_of_the_preview():
    data = tiff(DNG, SENSOR) + jpeg()
    assert needed_bytes(io.BytesIO(data)) == len(data) + WIDE * HIGH * 16
    for read in (decode, lambda data, most: needed_bytes(io.BytesIO(data), most)):
        with pytest.raises(RejectedPhoto, match="too_large: 800 x 640 pixels, more than 0.5 megapixels"):
            read(data, 0.5)


def test_a_preview_that_starts_where_two_blocks_meet_is_found():
    for before in range(2**20 - 4, 2**20 + 1):
        near(decode(HEADS["dng"].ljust(before, b"\0") + stored(6)))


def test_directories_in_a_circle_end():
    main = directory("<", DNG | {330: 8}, following=8)
    near(decode(b"II*\0\x08\0\0\0" + main + jpeg()))


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=8))
def test_whatever_the_bytes_are_no_other_error_is_raised(place, written):
    data = bytearray(HEADS["nef"] + jpeg())
    place %= len(data)
    data[place : place + len(written)] = written
    for broken in (bytes(data), bytes(data[:place])):
        for read in (decode, lambda data: needed_bytes(io.BytesIO(data))):
            with contextlib.suppress(RejectedPhoto):
                read(broken)


def test_a_face_in_a_raw_picture_is_found_as_in_its_preview():
    settings = IngestSettings(max_megapixels=2)
    large = np.asarray(Image.fromarray(astronaut()).resize((768, 768)))
    preview = encoded(large, "JPEG", quality=95)
    detector = make_detector(settings)
    found = find_faces(tiff(DNG, SENSOR) + preview, detector, settings)
    (face,), (same,) = found.faces, find_faces(preview, detector, settings).faces
    assert (face.box, face.chip) == (same.box, same.chip)
    assert (found.width, found.height, found.note) == (768, 768, "raw: its preview of 768 x 768")


def test_a_raw_picture_beside_its_jpeg_is_left_out_and_told(tmp_path):
    names = ["IMG_1.DNG", "IMG_1.JPG", "IMG_2.DNG", "a/IMG_3.cr2", "a/IMG_3.heic", "b/IMG_3.nef", "IMG_4.jpg"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "IMG_2.JPG").symlink_to(tmp_path / "gone.jpg")
    photos = list_photos(IngestSettings(source="folder", images=str(tmp_path)))
    assert photos == photos_below(str(tmp_path))
    left = [photo for photo in photos if photo.problem.startswith("left_out")]
    assert [photo.path for photo in left] == ["IMG_1.DNG", "a/IMG_3.cr2"]
    assert list(map(str, content_hashes(left))) == [
        "left_out: the raw picture of IMG_1.JPG",
        "left_out: the raw picture of a/IMG_3.heic",
    ]
