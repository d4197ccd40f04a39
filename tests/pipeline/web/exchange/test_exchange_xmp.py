"""XMP packets read and written: other programs' forms, what is kept, hostile ones."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packets import ALL, DIGIKAM, GALLERY, LIGHTROOM, MWG, packet

from pipeline.web.exchange import packet as packets
from pipeline.web.exchange.keywords import listed
from pipeline.web.exchange.packet import parse, rdf_of, xml_text
from pipeline.web.exchange.regions import Region, Regions, overlap
from pipeline.web.exchange.sidecar import read_sidecar, sidecar_name, write_sidecar
from pipeline.web.exchange.xmp import MOST, read_regions, write_regions

ANN = Region("Ann Lee", 0.25, 0.5, 0.2, 0.3)
BOB = Region("Bob", 0.7, 0.4, 0.1, 0.2)
SIZE = (400, 300)


def close(one, other):
    return (one.name, one.kind) == (other.name, other.kind) and all(
        abs(getattr(one, side) - getattr(other, side)) <= 2e-6 for side in "xywh"
    )


def names(data, name="dc:subject"):
    return listed(rdf_of(parse(data)), name)


def test_digikam():
    found = read_regions(DIGIKAM)
    assert (found.width, found.height) == SIZE
    assert [
        close(*pair)
        for pair in zip(found.regions, [ANN, Region("Rex", 0.8, 0.8, 0.1, 0.1, "Pet")], strict=True)
    ]
    assert len(found.regions) == 2  # Microsoft's Ann is MWG's


def test_lightroom():
    found = read_regions(LIGHTROOM)
    assert (found.width, found.height) == (4000, 3000)
    assert found.regions == (ANN, Region("", 0.5, 0.5, 0.1, 0.1, "Focus"))


def test_windows_photo_gallery():
    found = read_regions(GALLERY)
    assert (found.width, found.height) == (None, None)
    assert len(found.regions) == 2
    assert close(found.regions[0], ANN)
    assert close(found.regions[1], Region("", 0.65, 0.15, 0.1, 0.1))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_encoding_of_unicode(encoding):
    text = (
        LIGHTROOM.decode()
        .replace("Ann Lee", "Änn 李")
        .removeprefix('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n')
    )
    assert read_regions(text.encode(encoding)).regions[0].name == "Änn 李"
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n{text}'
    assert read_regions(declared.encode(encoding)).regions[0].name == "Änn 李"


@pytest.mark.parametrize(
    ("area", "read"),
    [
        ('stArea:x="0,25" stArea:y="0,5" stArea:w="0,2" stArea:h="0,3"', (0.25, 0.5, 0.2, 0.3)),
        (
            'stArea:x="100" stArea:y="150" stArea:w="80" stArea:h="90" stArea:unit="pixel"',
            (0.25, 0.5, 0.2, 0.3),
        ),
        (
            'stArea:x="0.5" stArea:y="0.5" stArea:d="0.2"',
            (0.5, 0.5, 0.15, 0.2),
        ),  # of the smaller side, 300 of 400
        ('stArea:x="0" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"', (0.05, 0.5, 0.1, 0.3)),
        ('stArea:x="2" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"', None),
        ('stArea:x="nan" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"', None),
        ('stArea:x="1e999" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"', None),
        ('stArea:x="0.5" stArea:y="0.5" stArea:w="-0.2" stArea:h="0.3"', None),
        ('stArea:x="0.5" stArea:y="0.5"', None),
        ('stArea:x="half" stArea:y="0.5" stArea:w="0.2" stArea:h="0.3"', None),
    ],
)
def test_areas(area, read):
    found = read_regions(with_area(area)).regions
    assert [(one.x, one.y, one.w, one.h) for one in found] == ([pytest.approx(read)] if read else [])


def with_area(area, count=1):
    item = f'<rdf:li rdf:parseType="Resource"><mwg-rs:Area {area}/><mwg-rs:Type>Face</mwg-rs:Type></rdf:li>'
    return packet(
        f'<rdf:Description rdf:about="" {MWG}><mwg-rs:Regions rdf:parseType="Resource">'
        '<mwg-rs:AppliedToDimensions stDim:w="400" stDim:h="300" stDim:unit="pixel"/>'
        f"<mwg-rs:RegionList><rdf:Seq>{item * count}</rdf:Seq></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description>"
    )


def test_into_nothing():
    ours = Regions((ANN, Region("", 0.7, 0.4, 0.1, 0.2)), *SIZE)
    written = write_regions(None, ours)
    assert read_regions(written) == ours
    assert names(written) == names(written, "Iptc4xmpExt:PersonInImage") == ["Ann Lee"]
    assert read_sidecar(write_sidecar(written, ours)) == ours
    assert write_sidecar(None, ours) == written
    assert sidecar_name("a.jpg") == "a.jpg.xmp"


def test_no_face_no_list():
    assert b"mwg-rs" not in write_regions(None, Regions((), *SIZE))
    assert read_regions(write_regions(None, Regions())).regions == ()


@pytest.mark.parametrize("before", ALL.values(), ids=ALL)
def test_ours_move_others_stay(before):
    """Ann is known and moves; pet and focus point stay, and so does all that is no region."""
    moved = Region("Ann Lee", 0.27, 0.5, 0.2, 0.3)
    written = write_regions(before, Regions((moved, BOB), *SIZE))
    found = read_regions(written)
    others = [one for one in read_regions(before).regions if one.name != "Ann Lee"]
    assert [one for one in found.regions if one.name not in ("Ann Lee", "Bob")] == others
    assert sorted(one.name for one in found.regions if one.name in ("Ann Lee", "Bob")) == ["Ann Lee", "Bob"]
    assert any(close(one, moved) for one in found.regions)
    assert any(close(one, BOB) for one in found.regions)
    assert (found.width, found.height) == SIZE
    for kept in (
        b'digiKam:ColorLabel="2"',
        b"People/Ann Lee",
        b'crs:Exposure2012="+0.35"',
        b"F00D",
        b"mwg-rs:Rotation",
    ):
        assert (kept in before) == (kept in written)
    assert {"Ann Lee", "Bob"} <= set(names(written))
    assert set(names(before)) <= set(names(written))


def test_microsofts_regions_follow_where_they_are():
    written = write_regions(DIGIKAM, Regions((Region("Ann Lee", 0.35, 0.5, 0.2, 0.3), BOB), *SIZE))
    assert re.findall(rb'Rectangle(?:="|>)(\d[^"<]*)', written) == [
        b"0.250000, 0.350000, 0.200000, 0.300000",
        b"0.650000, 0.300000, 0.100000, 0.200000",
    ]
    assert b"MPReg" not in write_regions(LIGHTROOM, Regions((ANN,), *SIZE))


def test_a_name_we_do_not_know_stays():
    written = write_regions(DIGIKAM, Regions((BOB,), *SIZE))
    assert [one.name for one in read_regions(written).regions] == ["Ann Lee", "Rex", "Bob"]
    assert names(written) == ["Ann Lee", "sea", "Bob"]
    # A face of ours that nobody named says nothing where Ann stands.
    unnamed = Region("", 0.25, 0.5, 0.2, 0.3)
    assert (
        read_regions(write_regions(DIGIKAM, Regions((unnamed,), *SIZE))).regions
        == read_regions(DIGIKAM).regions
    )


def test_a_known_name_leaves_with_its_face():
    """Ann was somebody else: her region, her keyword and herself leave, both forms alike."""
    written = write_regions(
        DIGIKAM, Regions((Region("Bob", ANN.x, ANN.y, ANN.w, ANN.h),), *SIZE), known=["Ann Lee"]
    )
    assert [one.name for one in read_regions(written).regions] == ["Rex", "Bob"]
    assert names(written) == ["sea", "Bob"]
    assert b">Ann Lee<" not in written
    assert b'"Ann Lee"' not in written
    gone = write_regions(GALLERY, Regions((), *SIZE), known=["Ann Lee"])
    assert [one.name for one in read_regions(gone).regions] == [""]


def test_a_new_name():
    """The region stays the one it was, with what else it says, and both lists have the new name once."""
    new = Region("Ann Li", ANN.x, ANN.y, ANN.w, ANN.h)
    written = write_regions(DIGIKAM, Regions((new,), *SIZE), renamed={"Ann Lee": "Ann Li"})
    assert [one.name for one in read_regions(written).regions] == ["Ann Li", "Rex"]
    assert names(written) == ["Ann Li", "sea"]
    assert names(written, "Iptc4xmpExt:PersonInImage") == ["Ann Li"]
    assert write_regions(written, Regions((new,), *SIZE), renamed={"Ann Lee": "Ann Li"}) == written
    gallery = write_regions(GALLERY, Regions((new,), *SIZE), renamed={"Ann Lee": "Ann Li"})
    assert b"F00D" in gallery
    assert b"Ann Lee" not in gallery


def test_a_person_found_elsewhere_on_the_photo_keeps_what_the_region_says():
    far = Region("Ann Lee", 0.8, 0.8, 0.1, 0.1)
    assert overlap(far, ANN) == 0
    written = write_regions(GALLERY, Regions((far,), *SIZE))
    assert b"F00D" in written
    assert [one.name for one in read_regions(written).regions] == ["Ann Lee", ""]
    assert close(read_regions(written).regions[0], far)


@pytest.mark.parametrize(
    "area",
    [
        'stArea:x="100" stArea:y="150" stArea:w="80" stArea:h="90" stArea:unit="pixel"',
        'stArea:x="0.25" stArea:y="0.5" stArea:d="0.3"',
    ],
)
def test_pixels_and_circles_become_what_mwg_asks_for(area):
    ours = Regions((Region("Ann Lee", 0.26, 0.5, 0.2, 0.3),), *SIZE)
    written = write_regions(with_area(area), ours)
    assert read_regions(written) == ours
    assert b"stArea:d" not in written
    assert b"normalized" in written


def test_a_new_name_that_is_a_keyword_already():
    before = DIGIKAM.replace(
        b"<rdf:li>sea</rdf:li>", b"<rdf:li>sea</rdf:li><rdf:li>sea</rdf:li><rdf:li>Ann Li</rdf:li>"
    )
    new = Region("Ann Li", ANN.x, ANN.y, ANN.w, ANN.h)
    written = write_regions(before, Regions((new,), *SIZE), renamed={"Ann Lee": "Ann Li"})
    assert names(written) == ["Ann Li", "sea", "sea"]  # what is not a name of ours is not touched


def test_two_people_change_names():
    ours = Regions((ANN, BOB), *SIZE)
    swapped = Regions((Region("Bob", 0.25, 0.5, 0.2, 0.3), Region("Ann Lee", 0.7, 0.4, 0.1, 0.2)), *SIZE)
    written = write_regions(write_regions(None, ours), swapped, renamed={"Bob": "Ann Lee", "Ann Lee": "Bob"})
    assert sorted(read_regions(written).regions, key=lambda one: one.x) == list(swapped.regions)
    assert sorted(names(written)) == ["Ann Lee", "Bob"]


@pytest.mark.parametrize(
    "before",
    [
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:subject="sea"/>',
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject>sea</dc:subject></rdf:Description>',
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Seq><rdf:li xml:lang="en">sea'
        "<!-- blue --></rdf:li></rdf:Seq></dc:subject></rdf:Description>",
    ],
)
def test_keywords_in_every_form(before):
    written = write_regions(packet(before), Regions((ANN,), *SIZE))
    assert names(written) == ["sea", "Ann Lee"]
    assert (b"blue" in written, b'xml:lang="en"' in written) == ("blue" in before, "lang" in before)


def test_names_are_not_doubled_by_another_way_to_write_accents():
    apart = unicodedata.normalize("NFD", "Zoë")
    assert apart != "Zoë"
    once = write_regions(None, Regions((Region(apart, 0.5, 0.5, 0.1, 0.1),), *SIZE))
    twice = write_regions(once, Regions((Region("Zoë", 0.5, 0.5, 0.1, 0.1),), *SIZE))
    assert len(names(twice)) == len(read_regions(twice).regions) == 1


SPOT = st.builds(
    Region,
    st.text(max_size=12) | st.sampled_from(["Ann Lee", "Bob", "Rex", ""]),
    st.floats(0.2, 0.8),
    st.floats(0.2, 0.8),
    st.floats(1e-5, 0.4),
    st.floats(1e-5, 0.4),
)


@given(
    st.sampled_from([None, *ALL.values()]),
    st.lists(SPOT, max_size=5),
    st.sets(st.sampled_from(["Ann Lee", "Rex"])),
)
@example(None, [Region("a\x00\x1b\ud800\ufffe\r\n\tb", 0.5, 0.5, 0.1, 0.1)], set())
@example(
    None,
    [Region("]]><&\"'", 0.5, 0.5, 0.1, 0.1), Region("\u202e\U0001f468\u200d\U0001f469", 0.5, 0.5, 0.1, 0.1)],
    set(),
)
@example(
    None,
    [Region("", 0.5, 0.5, 0.1, 0.1), Region("Ann", 0.5, 0.5, 0.1, 0.1), Region("", 0.5, 0.5, 0.1, 0.1)],
    set(),
)
def test_written_twice_the_same_and_read_back(before, faces, known):
    ours = Regions(tuple(faces), *SIZE)
    once = write_regions(before, ours, known)
    assert write_regions(once, ours, known) == once
    found = list(read_regions(once).regions)
    for face in faces:
        wanted = Region(xml_text(face.name), face.x, face.y, face.w, face.h)
        same = [one for one in found if one.kind == "Face" and (close(one, wanted) or not face.name)]
        assert same or any(overlap(one, wanted) >= 0.5 for one in found)
        if face.name:
            assert any(close(one, wanted) for one in same)


def test_control_characters_are_dropped():
    assert (
        xml_text("a\x00\x08\x0b\x1f\ud800\udfff\ufffe\uffffb\t\n\r\x85\U0010ffff") == "ab\t\n\r\x85\U0010ffff"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        Region("Rex", 0.5, 0.5, 0.1, 0.1, "Pet"),
        Region("Ann", 0.5, 0.5, 0.0, 0.1),
        Region("Ann", 1.0, 0.5, 0.1, 0.1),
        Region("Ann", float("nan"), 0.5, 0.1, 0.1),
    ],
)
def test_what_is_no_face_is_not_written(wrong):
    with pytest.raises(ValueError, match="A region can't be written"):
        write_regions(None, Regions((wrong,), *SIZE))


BOMB = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha" * 50}">' for i in range(12))


@pytest.mark.parametrize(
    ("hostile", "words"),
    [
        (b"", "no XML"),
        (b"\xff\xd8\xff", "no utf-8 text"),
        (b"\xff\xfe<", "no utf-16-le text"),
        (b"<x/>", "without rdf:RDF"),
        (b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF", "no XML"),
        (f"<!DOCTYPE x [{BOMB}]>".encode() + DIGIKAM, "document type"),
        (f"<?a b?><!-- c --> <!DOCTYPE x [{BOMB}]><x>&l11;</x>".encode(), "document type"),
        (f"<!DOCTYPE x [{BOMB}]><x>&l11;</x>".encode("utf-16"), "document type"),
        (b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', "document type"),
        (b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><x/>', "document type"),
        (DIGIKAM.replace(b"Ann Lee", b"&e;"), "no XML"),
        (b"<a>" * 100_000, "no XML"),
        (DIGIKAM.replace(b"Ann Lee", b"\x00"), "no XML"),
        (with_area("", MOST + 1), "too many regions"),
        (packet("<rdf:Description/>" * 10_001), "more than 10000 properties"),
        (packet(f"<rdf:Description>{'<rdf:x/>' * 10_000}</rdf:Description>"), "more than 10000 properties"),
    ],
)
def test_hostile_packets(hostile, words):
    with pytest.raises(ValueError, match=words):
        read_regions(hostile)
    with pytest.raises(ValueError, match=words):
        write_regions(hostile, Regions((ANN,), *SIZE))


def test_too_large_a_packet(monkeypatch):
    monkeypatch.setattr(packets, "LARGEST", len(DIGIKAM) - 1)
    with pytest.raises(ValueError, match="too large"):
        read_regions(DIGIKAM)


@given(
    st.sampled_from(list(ALL.values())),
    st.lists(
        st.tuples(
            st.integers(0, 2500),
            st.integers(0, 60),
            st.binary(max_size=4) | st.sampled_from([b"<", b">", b"/>", b"rdf:", b'"']),
        ),
        max_size=6,
    ),
)
def test_damaged_packets_raise_nothing_but_value_errors(data, cuts):
    for start, length, new in cuts:
        data = data[:start] + new + data[start + length :]
    try:
        read_regions(data)
        once = write_regions(data, Regions((ANN, BOB), *SIZE))
    except ValueError:
        return
    assert {"Ann Lee", "Bob"} <= {one.name for one in read_regions(once).regions}


def test_what_stands_around_is_kept():
    before = b'<?adobe-xap-filters esc="CR"?><!-- mine -->' + DIGIKAM
    written = write_regions(before, Regions((ANN,), *SIZE))
    assert b'<?adobe-xap-filters esc="CR"?>' in written
    assert b"<!-- mine -->" in written
    assert written.count(b"<?xpacket") == 2
    assert b'x:xmptk="XMP Core 5.5.0"' in written
