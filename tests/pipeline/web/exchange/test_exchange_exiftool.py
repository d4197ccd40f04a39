"""ExifTool as the judge: it reads what we wrote, we read what it wrote, and it finds nothing new to complain of."""

import io
import json

import numpy as np
import pytest
from packets import ALL, packet
from PIL import Image, ImageOps

from pipeline.web.exchange.extended_xmp import HEADER
from pipeline.web.exchange.jpeg_segments import split_jpeg
from pipeline.web.exchange.jpeg_xmp import XMP, jpeg_with_xmp, read_jpeg_xmp
from pipeline.web.exchange.regions import (
    ORIENTATIONS,
    Region,
    Regions,
    box_of_region,
    region_of_box,
    stored_size,
)
from pipeline.web.exchange.sidecar import read_sidecar, sidecar_name, write_sidecar
from pipeline.web.exchange.xmp import read_regions, write_regions

NAME = "Zoë Ångström-李 \U0001f600 <&\"'>"
REGIONS = ("-XMP-mwg-rs:all",)


def faces_of(upright, orientation):
    """Two boxes of the upright photo, one of an unnamed face, as regions of the photo as stored."""
    width, height = upright.size
    boxes = [
        (NAME, (0.1 * width, 0.2 * height, 0.25 * width, 0.3 * height)),
        ("", (0.6 * width, 0.5 * height, 40, 30)),
    ]
    size = stored_size(upright.size, orientation)
    return boxes, Regions(
        tuple(region_of_box(name, box, upright.size, orientation) for name, box in boxes), *size
    )


def told(regions):
    """What ExifTool shall say of regions, by the numbers with six digits that are written."""
    return {
        "RegionInfo": {
            "AppliedToDimensions": {"W": regions.width, "H": regions.height, "Unit": "pixel"},
            "RegionList": [
                {
                    "Area": {
                        "Unit": "normalized",
                        **{side.upper(): round(getattr(one, side), 6) for side in "xywh"},
                    },
                    **({"Name": one.name} if one.name else {}),
                    "Type": one.kind,
                }
                for one in regions.regions
            ],
        }
    }


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_exiftool_reads_what_we_wrote(orientation, upright, make_jpeg, exiftool, exiftool_json, tmp_path):
    """Of a real photo in all eight orientations: inside the JPEG and in a sidecar; pixels and all else untouched."""
    before = make_jpeg(upright, orientation)
    boxes, ours = faces_of(upright, orientation)
    after = jpeg_with_xmp(before, write_regions(read_jpeg_xmp(before), ours))
    old, new = tmp_path / "old.jpg", tmp_path / "new.jpg"
    old.write_bytes(before)
    new.write_bytes(after)
    sidecar = tmp_path / sidecar_name("new.jpg")
    sidecar.write_bytes(write_sidecar(None, ours))

    for file in (new, sidecar):
        assert exiftool_json(file, *REGIONS) == told(ours)
        assert exiftool_json(file, "-XMP:all") == {
            "XMPToolkit": "facefold", "Subject": [NAME], "PersonInImage": [NAME], **told(ours)
        }  # fmt: skip
    assert exiftool_json(new, "-n", "-EXIF:Orientation") == {"Orientation": orientation}
    assert complaints(exiftool, new) == complaints(exiftool, old)
    assert complaints(exiftool, sidecar) == "OK"
    # All but XMP and what differs between any two files is as it was.
    rest = ("-a", "-G1", "--XMP:all", "--System:all", "--ExifTool:all")
    assert exiftool_json(new, *rest) == exiftool_json(old, *rest)
    assert split_jpeg(after)[1] == split_jpeg(before)[1]
    assert np.array_equal(*(np.asarray(Image.open(io.BytesIO(data))) for data in (before, after)))

    for data in (read_jpeg_xmp(after), sidecar.read_bytes()):
        for (name, box), region in zip(boxes, read_sidecar(data).regions, strict=True):
            assert region.name == name
            # Centre and size are rounded to six digits; an edge adds half of one to the other, in pixels of the photo.
            bound = 0.75e-6 * max(upright.size) + 1e-9
            assert np.allclose(
                box_of_region(region, upright.size, orientation)[:2], box[:2], rtol=0, atol=bound
            )
            assert np.allclose(
                box_of_region(region, upright.size, orientation)[2:], box[2:], rtol=0, atol=bound
            )


def complaints(exiftool, file):
    """What ``exiftool -validate`` says: OK, or the number of its warnings and all of them."""
    answer = json.loads(exiftool("-j", "-a", "-validate", "-warning", "-error", file))[0]
    del answer["SourceFile"]
    return answer["Validate"] if answer["Validate"] == "OK" else answer


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_we_read_what_exiftool_wrote(orientation, upright, make_jpeg, exiftool, tmp_path):
    """In a JPEG and in a sidecar; the box of the upright photo shows the pixels that its region shows as stored."""
    file, sidecar = tmp_path / "a.jpg", tmp_path / "a.jpg.xmp"
    file.write_bytes(make_jpeg(upright, orientation))
    width, height = stored_size(upright.size, orientation)
    area = {"X": 0.3, "Y": 0.4, "W": 0.2, "H": 0.1}
    fields = ",".join(f"{side}={value}" for side, value in area.items())
    structure = (
        f"{{AppliedToDimensions={{W={width},H={height},Unit=pixel}},RegionList=[{{Area={{{fields},Unit=normalized}},"
        "Name=Zoë 李,Type=Face},{Area={X=0.9,Y=0.9,W=0.05,H=0.05,Unit=normalized},Name=Rex,Type=Pet}]}"
    )
    for path in (file, sidecar):
        exiftool("-RegionInfo=" + structure, "-overwrite_original", path)
    wanted = Regions(
        (Region("Zoë 李", 0.3, 0.4, 0.2, 0.1), Region("Rex", 0.9, 0.9, 0.05, 0.05, "Pet")), width, height
    )
    assert read_regions(read_jpeg_xmp(file.read_bytes())) == wanted
    assert read_sidecar(sidecar.read_bytes()) == wanted

    left, top, w, h = box_of_region(wanted.regions[0], upright.size, orientation)
    grid = np.zeros(
        (height, width), bool
    )  # the pixels whose centres lie in the region as stored, turned by Pillow
    rows, columns = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    grid[np.ix_(np.abs(rows - 0.4) < 0.05, np.abs(columns - 0.3) < 0.1)] = True
    marked = Image.fromarray(grid.astype(np.uint8))
    marked.getexif()[0x0112] = orientation
    rows, columns = np.nonzero(np.asarray(ImageOps.exif_transpose(marked)))
    shown = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert (
        np.abs(np.subtract(shown, (left, top, left + w, top + h))).max() <= 0.5 + 1e-9
    )  # half a pixel at an edge


def test_we_add_to_what_exiftool_wrote(upright, make_jpeg, exiftool, exiftool_json, tmp_path):
    """Its pet, its face by another name, its keywords and title stay; all else it reads is as it was."""
    file = tmp_path / "a.jpg"
    file.write_bytes(make_jpeg(upright, 6))
    exiftool(
        "-RegionInfo={RegionList=[{Area={X=0.9,Y=0.9,W=0.05,H=0.05},Name=Rex,Type=Pet},"
        "{Area={X=0.1,Y=0.1,W=0.05,H=0.05},Name=Cid,Type=Face}]}",
        "-XMP-dc:Subject=sea", "-XMP-dc:Title=A day", "-XMP-xmp:Rating=4", "-XMP-iptcExt:PersonInImage=Cid",
        "-XMP-lr:HierarchicalSubject=people|Cid", "-overwrite_original", file,
    )  # fmt: skip
    before = exiftool_json(file, "-XMP:all")
    _, ours = faces_of(upright, 6)
    data = file.read_bytes()
    file.write_bytes(jpeg_with_xmp(data, write_regions(read_jpeg_xmp(data), ours)))
    after = exiftool_json(file, "-XMP:all")
    assert after["RegionInfo"]["RegionList"] == [
        *before["RegionInfo"]["RegionList"],
        *told(ours)["RegionInfo"]["RegionList"],
    ]
    assert (after["Subject"], after["PersonInImage"]) == (["sea", NAME], ["Cid", NAME])
    ours_of = ("RegionInfo", "Subject", "PersonInImage")
    assert {k: v for k, v in after.items() if k not in ours_of} == {
        k: v for k, v in before.items() if k not in ours_of
    }


@pytest.mark.parametrize("before", ALL.values(), ids=ALL)
def test_other_programs_packets_stay_readable(before, exiftool, exiftool_json, tmp_path):
    file = tmp_path / "a.xmp"
    file.write_bytes(before)
    old, complained = exiftool_json(file, "-XMP:all"), complaints(exiftool, file)
    face = Region("Bob", 0.7, 0.4, 0.1, 0.2)
    file.write_bytes(write_sidecar(before, Regions((face,), 400, 300)))
    new = exiftool_json(file, "-XMP:all")
    assert complaints(exiftool, file) == complained
    listed = new["RegionInfo"]["RegionList"]
    assert listed[:-1] == old.get("RegionInfo", {}).get("RegionList", [])
    assert listed[-1] == told(Regions((face,)))["RegionInfo"]["RegionList"][0]
    if "RegionInfoMP" in old:
        microsoft = new["RegionInfoMP"]["Regions"]
        assert microsoft[:-1] == old["RegionInfoMP"]["Regions"]
        assert microsoft[-1]["PersonDisplayName"] == "Bob"
    changed = ("RegionInfo", "RegionInfoMP", "Subject", "PersonInImage")
    assert {k: v for k, v in new.items() if k not in changed} == {
        k: v for k, v in old.items() if k not in changed
    }


def test_exiftool_reads_our_long_packets(upright, make_jpeg, exiftool, exiftool_json, tmp_path):
    """And we its: more than a segment holds, in both directions."""
    file = tmp_path / "a.jpg"
    long = packet(
        '<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" photoshop:Instructions="x">'
        f"<photoshop:History>{'é' * 60_000}</photoshop:History></rdf:Description>"
    )
    _, ours = faces_of(upright, 8)
    data = jpeg_with_xmp(make_jpeg(upright, 8), write_regions(long, ours))
    assert HEADER in data
    file.write_bytes(data)
    read = exiftool_json(file, "-XMP:all")
    assert read["History"] == "é" * 60_000
    assert {"RegionInfo": read["RegionInfo"]} == told(ours)
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(make_jpeg(upright, 8))
    assert complaints(exiftool, file) == complaints(exiftool, plain)
    exiftool("-XMP-photoshop:History=" + "a" * 70_000, "-XMP-dc:Title=A day", "-overwrite_original", file)
    segments, _ = split_jpeg(file.read_bytes())
    assert any(one.payload.startswith(HEADER) for one in segments)
    found = read_jpeg_xmp(file.read_bytes())
    assert b"a" * 70_000 in found
    assert b"A day" in found
    assert read_regions(found) == Regions(
        tuple(Region(one.name, *(round(getattr(one, s), 6) for s in "xywh")) for one in ours.regions),
        *(ours.width, ours.height),
    )
    again = jpeg_with_xmp(file.read_bytes(), write_regions(found, ours))
    assert sum(one.payload.startswith(XMP) for one in split_jpeg(again)[0]) == 1
    file.write_bytes(again)
    assert exiftool_json(file, "-XMP-photoshop:History", "-XMP-dc:Title") == {
        "History": "a" * 70_000,
        "Title": "A day",
    }
