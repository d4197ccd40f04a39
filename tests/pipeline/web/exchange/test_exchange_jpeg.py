"""XMP inside JPEGs: the picture stays, other segments stay, long packets, damaged files."""

import hashlib
import io
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from packets import DIGIKAM, packet
from PIL import Image

from pipeline.web.exchange.extended_xmp import HEADER, merged
from pipeline.web.exchange.jpeg_segments import APP1, joined, segment, split_jpeg
from pipeline.web.exchange.jpeg_xmp import MOST, MOST_PACKETS, XMP, jpeg_with_xmp, read_jpeg_xmp
from pipeline.web.exchange.packet import parse
from pipeline.web.exchange.regions import Region, Regions
from pipeline.web.exchange.several_pictures import places_set
from pipeline.web.exchange.xmp import read_regions, write_regions

ANN = Regions((Region("Ann Lee", 0.25, 0.5, 0.2, 0.3),), 400, 300)
CROWD = Regions(
    tuple(Region(f"Person {i}", 0.5, 0.001 * (i + 1), 0.001, 0.001) for i in range(400)), 400, 300
)
HISTORY = '<rdf:Description rdf:about="" xmlns:h="urn:h" {}>{}</rdf:Description>'


def small(seed=0, side=24):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0", comment=b"hello")
    return file.getvalue()


SMALL = small()


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def long_packet(n=3, size=40_000):
    """More than a segment holds: long attributes and elements, and a name."""
    inside = "".join(f"<h:e{i}>{chr(97 + i) * size}</h:e{i}>" for i in range(n))
    return packet(HISTORY.format(f'h:short="1" h:long="{"é&quot;" * 4000}"', inside))


def test_after_exif_and_nothing_else_changed():
    for before in (SMALL, jpeg_with_xmp(SMALL, DIGIKAM)):
        packet = write_regions(read_jpeg_xmp(before), ANN)
        after = jpeg_with_xmp(before, packet)
        old, new = split_jpeg(before), split_jpeg(after)
        assert old[1] == new[1]
        kinds = [one.payload[:4] for one in new[0]]
        assert kinds.index(b"http") == kinds.index(b"Exif") + 1
        assert [one.raw for one in new[0] if not one.payload.startswith(XMP)] == [
            one.raw for one in old[0] if not one.payload.startswith(XMP)
        ]
        assert sum(one.payload.startswith(XMP) for one in new[0]) == 1
        assert np.array_equal(pixels(before), pixels(after))
        assert read_jpeg_xmp(after) == packet
        assert jpeg_with_xmp(after, packet) == after


def test_without_exif_after_jfif():
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    after, _ = split_jpeg(jpeg_with_xmp(file.getvalue(), DIGIKAM))
    assert [one.payload[:4] for one in after[:2]] == [b"JFIF", b"http"]
    assert read_jpeg_xmp(file.getvalue()) is None


@pytest.mark.parametrize("data", [long_packet(), write_regions(None, CROWD)], ids=["history", "crowd"])
def test_long_packets_go_into_the_extension(data):
    assert len(data) > MOST
    before = write_regions(data, ANN)
    once = jpeg_with_xmp(SMALL, before)
    segments, scan = split_jpeg(once)
    assert scan == split_jpeg(SMALL)[1]
    (main,) = [one.payload[len(XMP) :] for one in segments if one.payload.startswith(XMP)]
    assert len(main) <= MOST
    pieces = [one.payload[len(HEADER) :] for one in segments if one.payload.startswith(HEADER)]
    extension = b"".join(one[40:] for one in pieces)
    assert {one[:32] for one in pieces} == {hashlib.md5(extension).hexdigest().upper().encode()}
    whole = read_jpeg_xmp(once)
    assert facts(whole) == facts(before)
    assert read_regions(whole) == read_regions(before)
    again = jpeg_with_xmp(once, write_regions(whole, ANN))
    assert again == once
    # A short packet in its place: the extension leaves with it.
    short = jpeg_with_xmp(once, DIGIKAM)
    assert short == jpeg_with_xmp(SMALL, DIGIKAM)


def facts(data):
    """All texts and attributes of a packet with their names, in any order."""
    root = parse(data)
    texts = [(one.tag, (one.text or "").strip()) for one in root.iter() if isinstance(one.tag, str)]
    attributes = [
        (one.tag, *pair) for one in root.iter() if isinstance(one.tag, str) for pair in one.attrib.items()
    ]
    descriptions = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}Description"
    return sorted(x for x in texts if x[0] != descriptions), sorted(
        x for x in attributes if not x[1].endswith("}about")
    )


def test_names_stay_in_the_main_packet():
    once = jpeg_with_xmp(SMALL, write_regions(long_packet(), ANN))
    (main,) = [one.payload[len(XMP) :] for one in split_jpeg(once)[0] if one.payload.startswith(XMP)]
    assert read_regions(main) == ANN


def test_regions_stay_in_the_main_packet_though_they_are_the_largest():
    some = Regions(CROWD.regions[:60], 400, 300)
    once = jpeg_with_xmp(SMALL, write_regions(long_packet(8, 9_000), some))
    (main,) = [one.payload[len(XMP) :] for one in split_jpeg(once)[0] if one.payload.startswith(XMP)]
    assert len(read_regions(main).regions) == 60
    assert main.index(b"</mwg-rs:Regions>") - main.index(b"<mwg-rs:Regions") > 9_000


def test_padding_is_given_up_first():
    padded = DIGIKAM.replace(b"\n   \n", b"\n" + b" " * MOST + b"\n")
    after = jpeg_with_xmp(SMALL, padded)
    assert HEADER not in after
    assert facts(read_jpeg_xmp(after)) == facts(DIGIKAM)


def pieces_of(data, cuts, guid, whole=None):
    at = [0, *cuts, len(data)]
    return [
        segment(
            APP1, HEADER + guid + (whole or len(data)).to_bytes(4, "big") + a.to_bytes(4, "big") + data[a:b]
        )
        for a, b in itertools.pairwise(at)
    ]


GUID = b"0123456789ABCDEF0123456789ABCDEF"
NOTE = '<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" {}'
NAMED = packet(NOTE.format(f'xmpNote:HasExtendedXMP="{GUID.decode()}" xmlns:h="urn:h" h:a="main"/>'))
EXTRA = packet(HISTORY.format('h:a="extra" h:b="2"', "<h:c>3</h:c>"))


def with_segments(*new):
    segments, scan = split_jpeg(SMALL)
    return joined([*segments[:2], *new, *segments[2:]], scan)


def test_pieces_in_any_order_and_the_main_packet_first():
    pieces = pieces_of(EXTRA, [50, 120], GUID)
    for order in itertools.permutations(pieces):
        found = read_jpeg_xmp(with_segments(*order, segment(APP1, XMP + NAMED)))
        assert b'h:a="main"' in found
        assert b'h:b="2"' in found
        assert b">3<" in found
        assert b"HasExtendedXMP" not in found
        assert b"extra" not in found


def test_another_files_extension_is_passed_over_and_kept():
    stray = pieces_of(EXTRA, [], GUID[::-1])
    data = with_segments(segment(APP1, XMP + NAMED), *stray)
    found = read_jpeg_xmp(data)
    assert b"h:b" not in found
    assert b"HasExtendedXMP" not in found
    after, _ = split_jpeg(jpeg_with_xmp(data, found))
    assert [one for one in after if one.payload.startswith(HEADER)] == stray


def test_two_packets_are_one():
    data = with_segments(segment(APP1, XMP + NAMED), segment(APP1, XMP + EXTRA))
    assert b'h:b="2"' in read_jpeg_xmp(data)
    assert sum(one.payload.startswith(XMP) for one in split_jpeg(jpeg_with_xmp(data, DIGIKAM))[0]) == 1
    assert merged(EXTRA, EXTRA).count(b"h:b=") == 1


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        (pieces_of(EXTRA, [50], GUID)[:1], "of its"),
        (pieces_of(EXTRA, [50], GUID)[1:], "after 0 bytes"),
        (pieces_of(EXTRA, [50], GUID) * 2, "after 50 bytes|a piece at 0"),
        (pieces_of(EXTRA, [], GUID, 20), "more than its 20"),
        (pieces_of(EXTRA, [], GUID, 1 << 31), "of at most"),
        ([segment(APP1, HEADER + b"short")], "a piece of 40 bytes"),
        ([segment(APP1, XMP + DIGIKAM)] * MOST_PACKETS, "XMP packets"),
    ],
)
def test_damaged_extensions(pieces, words):
    with pytest.raises(ValueError, match=words):
        read_jpeg_xmp(with_segments(segment(APP1, XMP + NAMED), *pieces))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\x89PNG\r\n",
        SMALL[:30],
        b"\xff\xd8\xff\xe1\x00\x01",
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\x00\x00",
    ],
)
def test_no_jpeg(data):
    with pytest.raises(ValueError, match="no JPEG, or damaged"):
        read_jpeg_xmp(data)
    with pytest.raises(ValueError, match="no JPEG, or damaged"):
        jpeg_with_xmp(data, DIGIKAM)


def test_a_packet_that_can_not_be_split():
    with pytest.raises(ValueError, match="can't be read"):
        jpeg_with_xmp(SMALL, b"x" * (MOST + 1))
    with pytest.raises(ValueError, match="too long for a JPEG"):
        jpeg_with_xmp(SMALL, DIGIKAM + b"<!--" + b"x" * MOST + b"-->")


LONG = jpeg_with_xmp(SMALL, write_regions(long_packet(), ANN))


@given(
    st.sampled_from([SMALL, LONG, with_segments(segment(APP1, XMP + NAMED), *pieces_of(EXTRA, [50], GUID))]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=4)), min_size=1, max_size=5),
)
def test_damaged_files_raise_nothing_but_value_errors(data, cuts):
    for place, length, new in cuts:
        start = int(place * min(len(data), 2_000))
        data = data[:start] + new + data[start + length :]
    try:
        found = read_jpeg_xmp(data)
        after = jpeg_with_xmp(data, write_regions(found, ANN))
    except ValueError:
        return
    assert split_jpeg(after)[1] == split_jpeg(data)[1]
    assert "Ann Lee" in [one.name for one in read_regions(read_jpeg_xmp(after)).regions]


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_but_value_errors(data):
    for whole in (data, b"\xff\xd8" + data):
        try:
            read_jpeg_xmp(whole)
        except ValueError as error:
            assert "no JPEG" in str(error) or "XMP" in str(error)  # noqa: PT017


@pytest.mark.parametrize("behind", [False, True], ids=["none", "behind"])
def test_further_pictures_in_the_file_are_still_found(behind):
    """Pillow writes a file of two pictures; XMP comes, grows and shrinks before the list of their places."""
    first, second = (Image.fromarray(pixels(small(seed))) for seed in (1, 2))
    file = io.BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[second])
    data = file.getvalue()
    wanted = frames(data)[1]
    if behind:  # a packet after the list, as some phones write it
        before, scan = split_jpeg(data)
        at = next(i for i, one in enumerate(before) if one.payload.startswith(b"MPF\0")) + 1
        data = joined(places_set([*before[:at], segment(APP1, XMP + DIGIKAM), *before[at:]], before), scan)
        assert np.array_equal(frames(data)[1], wanted)
    for new in (DIGIKAM, write_regions(long_packet(), ANN), DIGIKAM):
        data = jpeg_with_xmp(data, new)
        assert np.array_equal(frames(data)[1], wanted)
        with Image.open(io.BytesIO(data)) as picture:
            size = picture.mpinfo[0xB002][0]["Size"]
        assert (
            data[size - 2 : size + 2] == b"\xff\xd9\xff\xd8"
        )  # the first one's end, the second one's beginning


@pytest.mark.parametrize("cut", [4, 8, 12, 20, 40, 60])
def test_a_damaged_list_of_pictures_stays_as_it_is(cut):
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "MPO", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    segments, scan = split_jpeg(file.getvalue())
    broken = [
        segment(0xE2, one.payload[:cut]) if one.payload.startswith(b"MPF\0") else one for one in segments
    ]
    after, _ = split_jpeg(jpeg_with_xmp(joined(broken, scan), DIGIKAM))
    assert [one.raw for one in after if not one.payload.startswith(XMP)] == [one.raw for one in broken]


def frames(data):
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.n_frames == 2
        found = []
        for i in range(2):
            picture.seek(i)
            found.append(np.asarray(picture.convert("RGB")))
    return found
