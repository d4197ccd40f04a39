"""What telephones, cameras, scanners and network drives write: the pixels, or a reason that is true."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from components.face_table import without_extension
from components.ingest.accounting import totals
from components.ingest.beam_stages import drop_duplicates
from components.ingest.content import content_hashes
from components.ingest.decode import decode, open_picture, read_cut_short, read_picture
from components.ingest.decoding.file_kinds import REASONS, RejectedPhoto, bare_png, check_start
from components.ingest.decoding.samples import eight_bit_scale
from components.ingest.detect.brightness import brightened
from components.ingest.detect.detectors import make_detector
from components.ingest.listing import list_photos, photos_below
from components.ingest.photos import find_faces
from components.ingest.row import Row
from components.ingest.settings import IngestSettings
from components.ingest.sources import Photo
from components.pairs.files import read_pairs
from pipeline.recipes.pairs_found import n_found, photo_names
from tests.components.ingest.pictures import astronaut, encoded, gradient

FILES = Path(__file__).parent / "files"  # HEIC, which no package here writes
# From an upright picture to one that is stored as the EXIF orientation says.
STORED = {
    1: lambda x: x,
    2: np.fliplr,
    3: lambda x: np.rot90(x, 2),
    4: np.flipud,
    5: lambda x: x.swapaxes(0, 1),
    6: np.rot90,
    7: lambda x: np.rot90(x, 2).swapaxes(0, 1),
    8: lambda x: np.rot90(x, -1),
}


def near(pixels, most=3.0):
    assert pixels.shape == (60, 80, 3)
    assert np.abs(pixels.astype(int) - gradient()).mean() <= most


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_tiff_is_turned_once(orientation, compression):
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](gradient())))
    data = encoded(stored, "TIFF", tiffinfo={274: orientation}, compression=compression)
    np.testing.assert_array_equal(decode(data), gradient())


@pytest.mark.parametrize("orientation", STORED)
def test_an_avif_is_turned(orientation):
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](gradient())))
    exif = stored.getexif()
    exif[274] = orientation
    near(decode(encoded(stored, "AVIF", quality=95, exif=exif)), 6.0)


@pytest.mark.parametrize("name", ["gradient.heic", "turned.heic"])
def test_heic_is_read_upright(name):
    near(decode((FILES / name).read_bytes()), 6.0)  # the encoder's own loss, at quality 80


@pytest.mark.parametrize("kind", [b"Ex\xa6f", b"\xff\xff\xff\xff", b"Ex\0f"])
def test_heic_whose_items_have_no_names_is_corrupt(kind):
    """Given to libheif's reader it would end the process."""
    data = (FILES / "turned.heic").read_bytes().replace(b"Exif", kind, 1)
    with pytest.raises(RejectedPhoto, match="corrupt: a HEIF with an item of the kind"):
        decode(data)
    with pytest.raises(RejectedPhoto, match="corrupt"):
        open_picture(io.BytesIO(data))


def test_heic_that_is_cut_short_is_rejected():
    data = (FILES / "turned.heic").read_bytes()
    for size in range(0, len(data) - 64, 7):  # at the end are 36 bytes of EXIF
        with pytest.raises(RejectedPhoto):
            decode(data[:size])


@given(st.data())
def test_damaged_heic_raises_nothing_else(data):
    file = bytearray((FILES / "turned.heic").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        outcome = decode(bytes(file)).dtype
    except RejectedPhoto as rejection:
        outcome = rejection.reason
    assert outcome in (np.uint8, *REASONS)


@pytest.mark.parametrize(("kind", "options"), [("AVIF", {"quality": 95}), ("JPEG2000", {})])
def test_avif_and_jpeg_2000_are_read(kind, options):
    near(decode(encoded(Image.fromarray(gradient()), kind, **options)), 6.0)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (b"\xff\x0a\xfa\x1f\x41\x91\x08\x06", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\0", "JPEG XL"),
        (b"8BPS\0\1\0\0", "Photoshop"),
    ],
)
def test_what_is_known_and_not_read_is_named(head, word):
    with pytest.raises(RejectedPhoto, match=f"{word}.*not read: export it as JPEG") as caught:
        check_start(head[:16])
    assert caught.value.reason == "not_read"


def with_chunk(data, name, content):
    """A PNG with one chunk more after its header."""
    chunk = struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"eXIf", b"MM\0*\0\0\0\x08\xff\xff damaged"),
        (b"zTXt", b"Comment\0\0" + zlib.compress(b"a" * 5_000_000)),
        (b"iCCP", b"profile\0\0" + zlib.compress(bytes(3_000_000))),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + b"not compressed"),
    ],
)
def test_metadata_that_cannot_be_read_costs_no_picture(name, content):
    data = with_chunk(encoded(gradient()), name, content)
    np.testing.assert_array_equal(decode(data), gradient())
    assert bare_png(data) == encoded(gradient()) == bare_png(encoded(gradient()))
    assert bare_png(data[:50]) != b""


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_a_jpeg_with_damaged_exif_is_read():
    data = encoded(Image.fromarray(gradient()), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\xff\xff\xff")
    near(decode(data), 6.0)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["grey.png", "colour.png", "grey.tif", "colour.tif", "planes.tif"])
def test_samples_of_few_bits_in_many_are_as_bright(kind, bits):
    deep = np.round(gradient() / 255.0 * (2**bits - 1)).astype(np.uint16)
    deep[0, 0] = 2**bits - 1
    wanted = gradient()
    wanted[0, 0] = 255
    if kind.startswith("grey"):
        deep, wanted = deep[..., 0], np.repeat(wanted[..., :1], 3, axis=2)
    stream = io.BytesIO()
    if kind == "planes.tif":
        tifffile.imwrite(stream, deep.transpose(2, 0, 1), photometric="rgb", planarconfig="separate")
        data = stream.getvalue()
    else:
        bgr = deep if deep.ndim == 2 else deep[..., ::-1]
        data = cv2.imencode(f".{kind.split('.')[1]}", np.ascontiguousarray(bgr))[1].tobytes()
    # A step of the deep samples, and a rounding to 8 bits.
    assert np.abs(decode(data).astype(int) - wanted).max() <= 255 / (2**bits - 1) + 1


def test_the_scale_goes_by_the_bits_that_the_largest_sample_needs():
    for top, bits in ((255, 8), (256, 10), (1023, 10), (4095, 12), (4096, 14), (16384, 16), (65535, 16)):
        assert eight_bit_scale(top) == pytest.approx(255 / (2**bits - 1))
    assert eight_bit_scale(1.0) == 255


def test_where_the_least_is_white_black_is_black():
    deep = (gradient()[..., 0].astype(np.uint16)) * 257
    stream = io.BytesIO()
    tifffile.imwrite(stream, 65535 - deep, photometric="miniswhite")
    pixels = decode(stream.getvalue())
    assert np.abs(pixels[..., 0].astype(int) - gradient()[..., 0]).max() <= 1


def test_the_first_page_that_is_not_blank_is_read():
    blank = Image.new("RGB", (80, 60), "white")
    data = encoded(blank, "TIFF", save_all=True, append_images=[blank, Image.fromarray(gradient()), blank])
    np.testing.assert_array_equal(decode(data), gradient())
    assert (decode(encoded(blank, "TIFF", save_all=True, append_images=[blank])) == 255).all()


def test_no_page_is_read_that_is_larger_than_the_cap(monkeypatch):
    blank, large = Image.new("RGB", (80, 60), "white"), Image.fromarray(gradient(600, 800))
    for pages in ((large, blank), (blank, large)):
        data = encoded(pages[0], "TIFF", save_all=True, append_images=[pages[1]])
        seen = []
        monkeypatch.setattr(
            Image.Image, "getextrema", lambda image, seen=seen: seen.append(image.size) or (0, 0)
        )
        with pytest.raises(RejectedPhoto, match="800 x 600 pixels, more than 0.1 megapixels"):
            decode(data, max_megapixels=0.1)
        assert (800, 600) not in seen


@pytest.mark.parametrize(("kind", "options"), [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {})])
def test_the_face_in_a_file_that_is_cut_short_is_found_and_marked(kind, options):
    settings = IngestSettings()
    detector = make_detector(settings)
    whole = encoded(astronaut(), kind, **options)
    (face,) = find_faces(whole, detector, settings).faces
    for share in (0.98, 0.6):
        found = find_faces(whole[: int(share * len(whole))], detector, settings)
        assert found.note.startswith("cut short: read to row ")
        assert found.reason == ""
        np.testing.assert_allclose(found.faces[0].box, face.box, atol=face.side / 10)
    early = find_faces(whole[:900], detector, settings)
    assert early.reason.startswith("truncated")
    assert early.faces == ()


def test_without_a_detector_what_is_cut_short_is_no_whole_picture():
    settings = IngestSettings(detector="none")
    data = encoded(astronaut(), "JPEG")
    found = find_faces(data[: int(0.98 * len(data))], make_detector(settings), settings)
    assert found.reason.startswith("truncated")
    assert found.faces == ()


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA", "1", "I;16"])
def test_of_a_png_that_is_cut_short_the_rows_before_the_cut_are_read(mode):
    picture = Image.fromarray(astronaut()).convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    data = encoded(picture)
    read = read_cut_short(data[: len(data) // 2])
    whole = decode(data)
    rows = len(read.pixels)
    assert 100 < rows < 400
    np.testing.assert_array_equal(read.pixels[: rows - 1], whole[: rows - 1])  # the last one is cut too
    assert read.note == f"cut short: read to row {rows} of 512"


def test_what_is_cut_short_is_turned_upright_and_what_has_no_row_is_none():
    tags = Image.Exif()
    tags[0x0112] = 6
    data = encoded(Image.fromarray(astronaut()), "JPEG", exif=tags)
    read = read_cut_short(data[: int(0.6 * len(data))])
    height, width, _ = read.pixels.shape
    assert height == 512
    assert width < 512
    assert read_cut_short(data[:40]) is None
    assert read_cut_short(b"") is None
    gif = encoded(Image.fromarray(gradient()), "GIF")
    assert read_cut_short(gif[: len(gif) // 2]) is None
    assert read_cut_short(data[: int(0.6 * len(data))], max_megapixels=0.1) is None


def test_which_page_of_several_was_read_is_told():
    blank = Image.new("RGB", (80, 60), "white")
    pages = [blank, Image.fromarray(gradient()), blank]
    assert (
        read_picture(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])).note == "page: 2 of 3"
    )
    assert read_picture(encoded(blank, "TIFF", save_all=True, append_images=[blank])).note == "page: 1 of 2"
    assert read_picture(encoded(Image.fromarray(gradient()))).note == ""


def test_notes_are_counted_by_their_kind():
    rows = [
        Row("a", "faces", note="page: 2 of 3; left out: 1 that could not be brought upright"),
        Row("b", "faces", note="page: 1 of 2"),
        Row("c", "no_face"),
    ]
    assert totals(rows, IngestSettings())["notes"] == {"left out": 1, "page": 2}


def test_a_dark_photo_is_brightened_where_no_face_was_found():
    settings = IngestSettings()
    dark = np.round(astronaut() * 0.05).astype(np.uint8)
    found = find_faces(encoded(dark), make_detector(settings), settings)
    (whole,) = find_faces(encoded(astronaut()), make_detector(settings), settings).faces
    (face,) = found.faces
    np.testing.assert_allclose(face.box, whole.box, atol=whole.side / 4)
    assert brightened(astronaut()) is None
    assert brightened(np.zeros((8, 8, 3), np.uint8)) is None
    assert brightened(dark).max() == 255


def write(folder, *names):
    for number, name in enumerate(names):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(encoded(gradient() + np.uint8(number)) if name.endswith("jpg") else b"")
    return IngestSettings(source="folder", images=str(folder))


def test_what_was_thrown_away_and_what_others_made_is_left_out_and_told(tmp_path):
    settings = write(
        *(tmp_path, "a.jpg", "@eaDir/a.jpg/THUMB_M.jpg", "#recycle/b.jpg", ".Trash-1000/files/c.jpg"),
        *("2020/.thumbnails/d.jpg", "hidden/.nomedia", "hidden/e.jpg", "hidden/deep/f.jpg", "raw/g.jpg"),
    )
    photos = list_photos(settings)
    assert [photo.path for photo in photos if not photo.problem] == ["a.jpg", "raw/g.jpg"]
    left = [photo for photo in photos if photo.problem]
    assert [one.path for one in left] == ["#recycle", ".Trash-1000", "2020/.thumbnails", "@eaDir", "hidden"]
    for found in content_hashes(left):
        assert isinstance(found, RejectedPhoto)
        assert (found.reason, "thrown away" in found.detail) == ("left_out", True)
    assert photos_below(settings.images) == photos  # for assign and embed
    told = list_photos(settings.changed(leave_out="beach, ra*"))
    assert [photo.path for photo in told if not photo.problem] == ["a.jpg"]


def test_of_equal_files_the_one_that_a_person_sees_is_kept(tmp_path):
    write(tmp_path, "z.jpg", ".a.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "z.jpg")
    photos = [Photo(name, str(tmp_path / name)) for name in (".a.jpg", "b.jpg", "z.jpg")]
    *rows, (_, kept) = drop_duplicates(("digest", photos))
    assert kept.path == "z.jpg"
    assert {row.value.path for row in rows} == {".a.jpg", "b.jpg"}


def test_empty_files_are_rejected_each_by_itself(tmp_path):
    settings = write(tmp_path, *[f"{number}.txt" for number in range(5)])
    reasons = [str(found) for found in content_hashes(list_photos(settings))]
    assert reasons == ["empty: 0 bytes"] * 5


def test_an_accent_that_is_written_apart_makes_no_other_person(tmp_path):
    """Zoe with a diaeresis as one letter, and as two, as macOS writes it."""
    apart, one = "Zoe\u0308", "Zo\u00eb"
    settings = write(tmp_path, f"{apart}/1.jpg", f"{one}/2.jpg")
    photos = list_photos(settings)
    assert {photo.label for photo in photos} == {one}
    assert {without_extension(photo.path) for photo in photos} == {f"{one}/1", f"{one}/2"}
    pairs = tmp_path / "pairs.csv"
    for name in (apart, one):
        pairs.write_text(f"first,second,same\n{name}/1.jpg,{name}/2.jpg,1\n", encoding="utf-8")
        assert n_found(read_pairs(pairs), photo_names(settings)) == 1
