"""When a photo was taken: every format, dates that are none, and files of any bytes."""

import io
import struct
import zlib
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from components.ingest.decode import decode, open_picture
from components.ingest.taken import taken_at
from tests.components.ingest.pictures import encoded, gradient

FILES = Path(__file__).parent / "files"
WHEN = datetime(2019, 7, 14, 21, 5, 33)
TEXT = "2019:07:14 21:05:33"
ORIGINAL, DIGITIZED, CHANGED, OFFSET, EXIF = 36867, 36868, 306, 36881, 34665


def ifd(order, entries, start):
    """A TIFF's directory at ``start`` of texts and numbers by tag, with what does not fit into an entry."""
    place = start + 2 + 12 * len(entries) + 4
    rows, beside = b"", b""
    for tag, value in sorted(entries.items()):
        if isinstance(value, int):
            rows += struct.pack(order + "HHII", tag, 4, 1, value)
            continue
        text = value.encode() + b"\0"
        rows += struct.pack(order + "HHII", tag, 2, len(text), place + len(beside))
        beside += text
    return struct.pack(order + "H", len(entries)) + rows + bytes(4) + beside


def tiff(main, exif=None, order="<", magic=42):
    """A TIFF, or a raw picture's head, with these tags in its first directory and in that of its EXIF."""
    start = 8 + len(ifd(order, {**main, **({EXIF: 0} if exif else {})}, 8))
    body = ifd(order, {**main, **({EXIF: start} if exif else {})}, 8)
    return (
        {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", magic, 8) + body
        + (ifd(order, exif, start) if exif else b"")
    )  # fmt: skip


def with_exif(kind, block, **options):
    return encoded(gradient(), kind, exif=b"Exif\0\0" + block, **options)


def png_with_exif_behind_the_pixels(block):
    plain = encoded(gradient())
    end = plain.rindex(b"IEND") - 4
    chunk = b"eXIf" + block
    return (
        plain[:end]
        + struct.pack(">I", len(block))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + plain[end:]
    )


def png_by_imagemagick(block):
    info = PngInfo()
    whole = b"Exif\0\0" + block
    info.add_text("Raw profile type exif", f"\nexif\n{len(whole):8}\n{whole.hex()}\n")
    return encoded(gradient(), "PNG", pnginfo=info)


def heic(block):
    """``turned.heic``, whose EXIF is its last item, with another EXIF."""
    data = bytearray((FILES / "turned.heic").read_bytes())
    place, _, _, length = struct.unpack_from(">IHII", data, 111)  # of the last item in iloc
    assert place + length == len(data)
    data[place:] = struct.pack(">I", 6) + b"Exif\0\0" + block
    struct.pack_into(">I", data, 121, len(data) - place)
    mdat = data.index(b"mdat") - 4
    struct.pack_into(">I", data, mdat, len(data) - mdat)
    return bytes(data)


def stored_tiff(block):
    exif = Image.Exif()
    exif.load(block)
    return encoded(gradient(), "TIFF", exif=exif)


def cr3(block):
    """The head of a CR3 with two TIFFs, and a preview: in the second are the tags of the EXIF."""
    boxes = b"\0\0\0\x18ftypcrx \0\0\0\1crx isom" + b"\0\0\1\x60moov"
    tags = tiff({274: 1}), tiff({ORIGINAL: TEXT})
    return boxes + b"".join(
        struct.pack(">I", len(one) + 8) + name + one for name, one in zip((b"CMT1", b"CMT2"), tags, strict=True)
    ) + encoded(gradient(900, 1200), "JPEG")  # fmt: skip


FORMS = {
    "jpeg": lambda block: with_exif("JPEG", block),
    "webp": lambda block: with_exif("WEBP", block),
    "avif": lambda block: with_exif("AVIF", block),
    "png": lambda block: with_exif("PNG", block),
    "png behind": png_with_exif_behind_the_pixels,
    "png text": png_by_imagemagick,
    "tiff": stored_tiff,
    "heic": heic,
    "raf": lambda block: b"FUJIFILMCCD-RAW " + bytes(84)
    + encoded(gradient(900, 1200), "JPEG", exif=b"Exif\0\0" + block),
    "cr3": cr3,
    "nef": lambda block: tiff({CHANGED: "2020:01:01 00:00:00", 262: 32803}, {ORIGINAL: TEXT}),
    "rw2": lambda block: tiff({274: 1}, {ORIGINAL: TEXT}, magic=0x55),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_date_is_read_from_every_format(form):
    data = FORMS[form](tiff({CHANGED: "2021:01:01 00:00:00"}, {ORIGINAL: TEXT}))
    assert taken_at(data) == WHEN
    assert taken_at(data).tzinfo is None


def test_heic_with_a_date_is_read_upright():
    np.testing.assert_array_equal(
        decode(heic(tiff({274: 1}, {ORIGINAL: TEXT}))), decode((FILES / "turned.heic").read_bytes())
    )


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("main", "exif", "expected"),
    [
        ({CHANGED: TEXT}, None, WHEN),
        ({CHANGED: "2021:01:01 00:00:00"}, {DIGITIZED: TEXT}, WHEN),
        ({CHANGED: TEXT}, {ORIGINAL: "0000:00:00 00:00:00"}, WHEN),
        ({CHANGED: TEXT}, {ORIGINAL: "    :  :     :  :  "}, WHEN),
        ({CHANGED: "2021:01:01 00:00:00"}, {ORIGINAL: TEXT, DIGITIZED: "2020:01:01 00:00:00"}, WHEN),
        ({}, {ORIGINAL: "2019-07-14T21:05:33"}, WHEN),
        ({}, {OFFSET: "+02:00"}, None),
        ({274: 1}, None, None),
    ],
)
def test_of_several_dates_the_best_is_taken(order, main, exif, expected):
    assert taken_at(with_exif("JPEG", tiff(main, exif, order))) == expected


@pytest.mark.parametrize(
    ("offset", "minutes"),
    [("+02:00", 120), ("-03:30", -210), ("+14:00", 840), ("Z", None), ("+25:00", None), ("+01:75", None)],
)
def test_the_distance_to_utc_is_told_where_it_is_one(offset, minutes):
    found = taken_at(with_exif("JPEG", tiff({}, {ORIGINAL: TEXT, OFFSET: offset})))
    assert found.replace(tzinfo=None) == WHEN
    assert found.utcoffset() == (None if minutes is None else timedelta(minutes=minutes))


def later(**how):
    return (datetime.now() + timedelta(**how)).strftime("%Y:%m:%d %H:%M:%S")


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "1838:12:31 23:59:59",
        pytest.param(later(days=3), id="in three days"),  # each process of the tests has its own now
        "9999:12:31 23:59:59",
        "2019:13:01 00:00:00",
        "2019:02:30 00:00:00",
        "2019:02:03 24:00:00",
        "2019:02:03",
        "yesterday at noon  ",
        "",
    ],
)
def test_what_is_no_date_is_none(text):
    assert taken_at(with_exif("JPEG", tiff({CHANGED: text}))) is None


def test_a_clock_of_another_time_zone_is_not_ahead():
    assert taken_at(with_exif("JPEG", tiff({CHANGED: later(hours=13)}))) is not None


def test_a_picture_without_exif_has_no_date():
    for kind in ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP", "JPEG2000"):
        assert taken_at(encoded(Image.fromarray(gradient()), kind)) is None


@pytest.mark.parametrize("form", ["jpeg", "webp", "avif", "png", "png behind", "png text", "tiff", "heic"])
def test_no_pixel_is_decoded(form, monkeypatch):
    data = FORMS[form](tiff({}, {ORIGINAL: TEXT}))

    def loaded(*_):
        raise AssertionError("pixels are decoded")

    with open_picture(io.BytesIO(data)) as image:
        monkeypatch.setattr(type(image), "load", loaded)
    assert taken_at(data) == WHEN


WRITTEN = [form(tiff({CHANGED: TEXT}, {ORIGINAL: TEXT})) for form in FORMS.values()]


def is_date_or_none(found):
    return found is None or datetime(1839, 1, 1) <= found.replace(tzinfo=None) <= datetime.now() + timedelta(
        2
    )


@given(st.data())
def test_damaged_files_raise_nothing(data):
    file = bytearray(data.draw(st.sampled_from(WRITTEN)))
    for _ in range(data.draw(st.integers(1, 20))):
        near_the_start = data.draw(st.integers(0, min(len(file), 1200) - 1))
        file[near_the_start] = data.draw(st.integers(0, 255))
    file = file[: data.draw(st.integers(0, len(file)))] if data.draw(st.booleans()) else file
    assert is_date_or_none(taken_at(bytes(file)))


@given(
    st.sampled_from([b"", b"II*\0", b"MM\0*", b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF", b"IIU\0"]),
    st.binary(max_size=300),
)
@example(b"II*\0\x08\0\0\0", b"\xff\xff")
@example(b"", b"")
def test_any_bytes_raise_nothing(start, rest):
    assert is_date_or_none(taken_at(start + rest))


@given(st.binary(max_size=200))
def test_any_exif_raises_nothing(block):
    assert is_date_or_none(taken_at(png_with_exif_behind_the_pixels(b"MM\0*" + block)))
